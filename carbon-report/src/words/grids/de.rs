//! German.

use super::GridWords;

pub(super) const DE: GridWords = GridWords {
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
