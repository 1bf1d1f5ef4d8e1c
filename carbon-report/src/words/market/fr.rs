//! French.

use super::MarketWords;

pub(super) const FR: MarketWords = MarketWords {
    heading: "Fondé sur la localisation et fondé sur le marché",
    intro: "Les deux chiffres portent sur les mêmes appels. Celui fondé sur la localisation utilise la moyenne de chaque réseau électrique\u{202f}; c’est le chiffre de ce rapport. Celui fondé sur le marché utilise les contrats d’électricité du fournisseur et les mix résiduels des réseaux. Ils ne sont ni additionnés, ni moyennés.",
    basis: "Base",
    location: "Fondé sur la localisation",
    market: "Fondé sur le marché",
    recomputed: "{share} du chiffre fondé sur la localisation ont été réévalués par un instrument ou un mix résiduel. Le reste est identique dans les deux\u{a0}: le matériel, les chiffres sans électricité propre et l’électricité pour laquelle ni l’un ni l’autre n’est connu.",
    range: "L’intervalle d’incertitude du chiffre fondé sur le marché découle de celui de l’électricité. Les instruments et les mix résiduels sont repris tels quels, sans dispersion propre.",
    zones: "Électricité par réseau (kWh) et ses émissions ({unit} CO₂e)",
    zones_head: [
        "Réseau",
        "kWh",
        "par instrument",
        "par mix résiduel",
        "par moyenne du réseau",
        "localisation",
        "marché",
    ],
    stand_in: "Aucun mix résiduel n’est connu pour {zones}\u{a0}: ce qu’aucun instrument n’y couvre est évalué à la moyenne du réseau.",
    instruments: "Instruments contractuels",
    instruments_head: ["Instrument", "Quantité", "Justificatif"],
    instrument: "{kind}, {zone}, du {from} au {to}, production de {vintage}",
    of_provider: "pour l’électricité de {provider} seulement",
    quantity: "{used} sur {allocated} kWh utilisés, {g} g/kWh",
    evidence: "{source}\u{202f}; licence\u{a0}: {licence}\u{202f}; SHA-256 des certificats {certificates}, du document {document}",
    mix_evidence: "{source}\u{202f}; licence\u{a0}: {licence}\u{202f}; SHA-256 du document {document}",
    shown: "Les {count} premiers sur {total} sont affichés\u{202f}; statement.json les contient tous.",
    instruments_note: "Utilisés dans cet ordre\u{a0}: d’abord ceux d’un seul fournisseur, puis selon le premier jour de la période, son dernier jour et l’identifiant. Le solde ne sert à aucun autre mois. Les certificats et les documents restent chez le fournisseur\u{202f}; seules leurs empreintes figurent ici.",
    residual_mixes: "Mix résiduels",
    residual_head: ["Réseau et année", "g/kWh", "Justificatif"],
    restated: "Fondé sur le marché\u{a0}: {old} auparavant, {new} désormais.",
    kinds: [
        "Garantie d’origine",
        "Certificat d’énergie renouvelable (REC)",
        "Contrat d’achat d’électricité (PPA)",
        "Mix du fournisseur d’électricité",
    ],
};
