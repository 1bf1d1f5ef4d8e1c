//! What the report says of grids in time.

use crate::language::Language;
use carbon_core::grid::GridResolution;

/// Texts of a language. `{…}` marks what the layout fills in.
pub(crate) struct GridWords {
    pub(crate) heading: &'static str,
    pub(crate) note: &'static str,
    /// In the order of [`GridResolution::ALL`].
    resolutions: [&'static str; 3],
    /// Heads: resolution, tokens, share of tokens, energy, share of energy.
    pub(crate) by_resolution: [&'static str; 5],
    /// Heads: series, source and licence, g per kWh, share of energy.
    pub(crate) series: [&'static str; 4],
    /// `{from}`, `{to}`, `{values}`, `{gaps}`.
    pub(crate) span: &'static str,
    /// `{vintage}`.
    pub(crate) vintage: &'static str,
    /// `{low}`, `{mean}`, `{high}`.
    pub(crate) range: &'static str,
    pub(crate) digest: &'static str,
    pub(crate) by_hour: &'static str,
    /// `{unit}`.
    pub(crate) energy_axis: &'static str,
    pub(crate) grid_axis: &'static str,
    /// `{load_hour}`, `{grid_hour}`, `{lowest}`, `{highest}`.
    pub(crate) by_hour_summary: &'static str,
    /// Heads of the hours as a table: hour, energy.
    pub(crate) hours: [&'static str; 2],
    /// Where a factor has no rate in grams.
    pub(crate) grams_follow: &'static str,
    /// Before the grams per kilowatt hour of several values.
    pub(crate) mean: &'static str,
}

impl GridWords {
    pub(crate) fn of(language: Language) -> &'static GridWords {
        match language {
            Language::En => &EN,
            Language::De => &DE,
            Language::Fr => &FR,
        }
    }

    pub(crate) fn resolution(&self, resolution: GridResolution) -> &'static str {
        self.resolutions[resolution as usize]
    }
}

const EN: GridWords = GridWords {
    heading: "Electricity over time",
    note: "Where the supplier has imported the carbon intensity of a grid by the hour or by the month, it replaces the yearly value of the factor set: by the hour where the hour of the calls is known and their region was sent, otherwise by the month, otherwise by the year. Missing values are not filled in. The values are licensed to the supplier and are not part of this report; the digest names them. Published factors are not affected. The error of a grid is taken to be the same in all its hours and months, so the range is not narrower than that of the yearly value.",
    resolutions: ["by the hour", "by the month", "by the year (factor set)"],
    by_resolution: ["Grid value", "Tokens", "Share of tokens", "Energy", "Share of energy"],
    series: ["Series", "Source and licence", "g CO₂e/kWh", "Share of energy"],
    span: "{from} to {to}; values: {values}, gaps: {gaps}",
    vintage: "as of {vintage}",
    range: "{low} – {high}, mean {mean}",
    digest: "SHA-256",
    by_hour: "Load and grid intensity by hour of the day",
    energy_axis: "Bars: energy ({unit}) in each hour of the day (UTC), over the month",
    grid_axis: "Marks: g CO₂e/kWh, mean weighted by energy",
    by_hour_summary: "Most energy was used from {load_hour} to one hour later; the mean intensity of the grids was lowest from {grid_hour} ({lowest} g/kWh) and {highest} g/kWh at most.",
    hours: ["Hour (UTC)", "Energy"],
    grams_follow: "energy × grid intensity of the hour or month (section 3) + hardware",
    mean: "mean",
};

const DE: GridWords = GridWords {
    heading: "Strom im Zeitverlauf",
    note: "Wo der Lieferant die CO₂e-Intensität eines Stromnetzes je Stunde oder je Monat importiert hat, ersetzt sie den Jahreswert des Faktorensatzes: je Stunde, wo die Stunde der Aufrufe bekannt ist und ihre Region gemeldet wurde, sonst je Monat, sonst je Jahr. Fehlende Werte werden nicht ergänzt. Die Werte sind dem Lieferanten lizenziert und nicht Teil dieses Berichts; die Prüfsumme benennt sie. Veröffentlichte Faktoren sind nicht betroffen. Der Fehler eines Stromnetzes gilt als in allen Stunden und Monaten gleich, sodass der Unsicherheitsbereich nicht schmaler ist als beim Jahreswert.",
    resolutions: ["je Stunde", "je Monat", "je Jahr (Faktorensatz)"],
    by_resolution: ["Netzwert", "Tokens", "Anteil der Tokens", "Energie", "Anteil der Energie"],
    series: ["Zeitreihe", "Quelle und Lizenz", "g CO₂e/kWh", "Anteil der Energie"],
    span: "{from} bis {to}; Werte: {values}, Lücken: {gaps}",
    vintage: "Stand {vintage}",
    range: "{low} – {high}, Mittel {mean}",
    digest: "SHA-256",
    by_hour: "Last und Netzintensität nach Tagesstunde",
    energy_axis: "Balken: Energie ({unit}) in jeder Stunde des Tages (UTC), über den Monat",
    grid_axis: "Striche: g CO₂e/kWh, mit der Energie gewichtetes Mittel",
    by_hour_summary: "Die meiste Energie wurde in der Stunde ab {load_hour} verbraucht; am niedrigsten war die mittlere Intensität der Netze in der Stunde ab {grid_hour} ({lowest} g/kWh), am höchsten {highest} g/kWh.",
    hours: ["Stunde (UTC)", "Energie"],
    grams_follow: "Energie × Netzintensität der Stunde oder des Monats (Abschnitt 3) + Hardware",
    mean: "im Mittel",
};

const FR: GridWords = GridWords {
    heading: "L'électricité au fil du temps",
    note: "Lorsque le fournisseur a importé l'intensité carbone d'un réseau électrique par heure ou par mois, elle remplace la valeur annuelle du jeu de facteurs\u{a0}: par heure si l'heure des appels est connue et leur région transmise, sinon par mois, sinon par année. Les valeurs manquantes ne sont pas complétées. Les valeurs sont concédées sous licence au fournisseur et ne figurent pas dans ce rapport\u{a0}; l'empreinte numérique les désigne. Les facteurs publiés ne sont pas concernés. L'erreur d'un réseau est supposée identique pour toutes ses heures et tous ses mois\u{a0}; l'intervalle n'est donc pas plus étroit qu'avec la valeur annuelle.",
    resolutions: ["par heure", "par mois", "par année (jeu de facteurs)"],
    by_resolution: ["Valeur du réseau", "Tokens", "Part des tokens", "Énergie", "Part de l'énergie"],
    series: ["Série", "Source et licence", "g CO₂e/kWh", "Part de l'énergie"],
    span: "de {from} à {to}\u{a0}; valeurs\u{a0}: {values}, lacunes\u{a0}: {gaps}",
    vintage: "état {vintage}",
    range: "{low} – {high}, moyenne {mean}",
    digest: "SHA-256",
    by_hour: "Charge et intensité du réseau par heure de la journée",
    energy_axis: "Barres\u{a0}: énergie ({unit}) à chaque heure de la journée (UTC), sur le mois",
    grid_axis: "Traits\u{a0}: g CO₂e/kWh, moyenne pondérée par l'énergie",
    by_hour_summary: "C'est dans l'heure à partir de {load_hour} que la consommation d'énergie a été la plus forte\u{a0}; l'intensité moyenne des réseaux était la plus basse dans l'heure à partir de {grid_hour} ({lowest} g/kWh), la plus élevée étant de {highest} g/kWh.",
    hours: ["Heure (UTC)", "Énergie"],
    grams_follow: "énergie × intensité du réseau de l'heure ou du mois (section 3) + matériel",
    mean: "en moyenne",
};
