//! French.

use super::GridWords;

pub(super) const FR: GridWords = GridWords {
    heading: "L’électricité au fil du temps",
    note: "Lorsque le fournisseur a importé l’intensité carbone d’un réseau électrique par heure ou par mois, elle remplace la valeur annuelle du jeu de facteurs\u{a0}: par heure si l’heure des appels est connue et leur région transmise, sinon par mois, sinon par année. Les valeurs manquantes ne sont pas complétées. Les valeurs sont concédées sous licence au fournisseur et ne figurent pas dans ce rapport\u{202f}; l’empreinte numérique les désigne. Les facteurs publiés ne sont pas concernés. L’erreur d’un réseau est supposée identique pour toutes ses heures et tous ses mois\u{202f}; l’intervalle n’est donc pas plus étroit qu’avec la valeur annuelle.",
    resolutions: ["par heure", "par mois", "par année (jeu de facteurs)"],
    by_resolution: ["Valeur du réseau", "Tokens", "Part des tokens", "Énergie", "Part de l’énergie"],
    series: ["Série", "Source et licence", "g CO₂e/kWh", "Part de l’énergie"],
    span: "de {from} à {to}\u{202f}; valeurs\u{a0}: {values}, lacunes\u{a0}: {gaps}",
    vintage: "état {vintage}",
    range: "{low} – {high}, moyenne {mean}",
    digest: "SHA-256",
    by_hour: "Charge et intensité du réseau par heure de la journée",
    energy_axis: "Barres\u{a0}: énergie ({unit}) à chaque heure de la journée (UTC), sur le mois",
    grid_axis: "Traits\u{a0}: g CO₂e/kWh, moyenne pondérée par l’énergie",
    by_hour_summary: "C’est dans l’heure à partir de {load_hour} que la consommation d’énergie a été la plus forte\u{202f}; l’intensité moyenne des réseaux était la plus basse dans l’heure à partir de {grid_hour} ({lowest} g/kWh), la plus élevée étant de {highest} g/kWh.",
    hours: ["Heure (UTC)", "Énergie"],
    grams_follow: "énergie × intensité du réseau de l’heure ou du mois (section 3) + matériel",
    mean: "en moyenne",
};
