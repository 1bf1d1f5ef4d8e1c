//! French.

use super::PeriodWords;

pub(super) const FR: PeriodWords = PeriodWords {
    sections: [
        "Chiffres clés",
        "Où reporter ces chiffres",
        "Ventilation",
        "Qualité des données",
        "Méthode",
        "Facteurs et sources",
        "Mois et leurs rapports",
        "Ce que cette déclaration n’affirme pas",
    ],
    to_paste: "«\u{a0}De {from} à {to}, les services LLM achetés à {supplier} ont généré des émissions estimées à {mass} CO₂e (intervalle de {low} à {high}), déclarées dans le scope 3, catégorie 1, biens et services achetés, dont services d’informatique en nuage et de centres de données. {covered} des tokens ont un facteur d’émission\u{202f}; {primary} des émissions reposent sur des données primaires.\u{a0}»",
    is_final: "définitif\u{a0}: chaque mois est clos et a son rapport",
    provisional: "provisoire\u{a0}: {missing} mois sur {all} manquent",
    missing: "Mois manquants",
    missing_note: "Ces mois ne figurent dans aucun chiffre de cette déclaration. Leurs émissions ne sont pas nulles\u{a0}: elles ne sont pas encore déclarées.",
    reasons: [
        "encore ouvert",
        "clos, mais sans rapport pour ce client",
        "retraité, mais sans rapport sur le retraitement",
    ],
    restated: "Mois retraités\u{a0}: {months}. Les chiffres sont ceux du retraitement\u{202f}; la section 7 indique les précédents.",
    no_activity: "Aucun appel LLM n’a été enregistré pour ce client au cours de ces mois\u{a0}: les émissions sont nulles, faute d’activité.",
    by_month: "Émissions par mois",
    factor_sets: "Jeux de facteurs",
    without_market: "Aucun chiffre fondé sur le marché n’est déclaré pour {months}\u{a0}: ces mois ne figurent dans aucun des deux chiffres.",
    method: &[
        "Cette déclaration additionne les déclarations définitives des mois de la section 7. Rien n’a été recalculé à partir des appels ou des facteurs\u{a0}: chaque valeur centrale est, à la dernière décimale, la somme des valeurs que les mois déclarent. lines.csv indique pour chaque ligne d’un modèle les mois dont elle est la somme.",
        "Les bornes basses et hautes sont additionnées de même. Les mois reposent sur les mêmes facteurs et ont donc des erreurs communes\u{202f}; là où ce n’est pas le cas, l’intervalle est plus large que nécessaire, jamais plus étroit. Ce qui n’est pas connu dans un mois reste inconnu et ne compte pas pour zéro.",
        "Les équations, les périmètres et les incertitudes figurent dans le rapport de chaque mois.",
    ],
    factors_note: "Chaque facteur appliqué dans l’un des mois. Ses taux, son périmètre et son intervalle figurent dans les rapports des mois et dans statement.json.",
    factor: "Facteur",
    months_note: "Les chiffres de chaque mois sont ceux du rapport nommé ici. Son propre dossier de preuves contient chaque appel sur lequel ils reposent.",
    statement_digest: "statement.json (SHA-256)",
    change: "{old} auparavant, {new} à présent\u{a0}: {difference}, dont {usage} dus à une autre utilisation et {factors} à d’autres facteurs",
    attachments: "statement.json contient chaque valeur de cette déclaration avec toutes ses décimales, et lines.csv chaque ligne de ses tableaux. Pour d’autres logiciels, les mêmes valeurs sont jointes en xBRL-JSON et, si aucun mois ne manque, en bloc de texte VSME et en empreinte PACT. Tous les fichiers sont intégrés à ce PDF.",
    verify: "Pour vérifier cette déclaration, demandez au fournisseur son dossier de preuves et lancez\u{a0}: carbon-server verify evidence.zip. Le dossier contient la déclaration de chaque mois. Sans réseau ni base de données, la commande compare leurs empreintes à celles ci-dessus, les additionne de nouveau et compare chaque valeur.",
};
