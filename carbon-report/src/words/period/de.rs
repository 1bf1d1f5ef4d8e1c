//! German.

use super::PeriodWords;

pub(super) const DE: PeriodWords = PeriodWords {
    sections: [
        "Kennzahlen",
        "Zuordnung in Ihrem Bericht",
        "Aufschlüsselung",
        "Datenqualität",
        "Methode",
        "Faktoren und Quellen",
        "Monate und ihre Berichte",
        "Was diese Auskunft nicht behauptet",
    ],
    to_paste: "„Von {from} bis {to} haben die von {supplier} erworbenen LLM-Dienste geschätzte Emissionen von {mass} CO₂e verursacht (Bereich von {low} bis {high}), angegeben in Scope 3 Kategorie 1, erworbene Waren und Dienstleistungen, davon Cloud-Computing- und Rechenzentrumsdienste. {covered} der Tokens haben einen Emissionsfaktor; {primary} der Emissionen beruhen auf Primärdaten.“",
    is_final: "endgültig: Jeder Monat ist abgeschlossen und hat seinen Bericht",
    provisional: "vorläufig: {missing} von {all} Monaten fehlen",
    missing: "Fehlende Monate",
    missing_note: "Diese Monate sind in keinem Wert dieser Auskunft enthalten. Ihre Emissionen sind nicht null, sondern noch nicht angegeben.",
    reasons: [
        "noch offen",
        "abgeschlossen, aber ohne Bericht für diesen Kunden",
        "berichtigt, aber ohne Bericht über die Berichtigung",
    ],
    restated: "Berichtigte Monate: {months}. Die Werte sind die berichtigten; Abschnitt 7 nennt die früheren.",
    no_activity: "Für diesen Kunden wurde in diesen Monaten kein LLM-Aufruf erfasst: Die Emissionen sind null, weil es keine Aktivität gab.",
    by_month: "Emissionen nach Monat",
    factor_sets: "Faktorensätze",
    without_market: "Für {months} ist kein marktbezogener Wert angegeben: Diese Monate sind in keinem der beiden Werte enthalten.",
    method: &[
        "Diese Auskunft addiert die endgültigen Auskünfte der Monate in Abschnitt 7. Nichts wurde erneut aus Aufrufen oder Faktoren berechnet: Jeder Zentralwert ist bis zur letzten Stelle die Summe der Werte, die die Monate angeben. lines.csv nennt zu jeder Zeile eines Modells die Monate, deren Summe sie ist.",
        "Unter- und Obergrenzen werden ebenso addiert. Die Monate beruhen auf denselben Faktoren und haben daher gemeinsame Fehler; wo das nicht zutrifft, ist der Bereich breiter als nötig, nie enger. Was in einem Monat nicht bekannt ist, bleibt unbekannt und zählt nicht als null.",
        "Gleichungen, Bilanzgrenzen und Unsicherheiten stehen im Bericht jedes Monats.",
    ],
    factors_note: "Jeder Faktor, der in einem der Monate angewandt wurde. Seine Raten, Bilanzgrenzen und sein Unsicherheitsbereich stehen in den Berichten der Monate und in statement.json.",
    factor: "Faktor",
    months_note: "Die Werte jedes Monats sind die des hier genannten Berichts. Dessen eigenes Nachweispaket enthält jeden Aufruf, auf dem sie beruhen.",
    statement_digest: "statement.json (SHA-256)",
    change: "früher {old}, jetzt {new}: {difference}, davon {usage} durch andere Nutzung und {factors} durch andere Faktoren",
    attachments: "statement.json enthält jeden Wert dieser Auskunft mit allen Nachkommastellen, lines.csv jede Zeile ihrer Tabellen. Für andere Programme liegen dieselben Werte als xBRL-JSON bei und, wenn kein Monat fehlt, als VSME-Textblock und als PACT-Fußabdruck. Alle Dateien sind in dieses PDF eingebettet.",
    verify: "Zur Prüfung fordern Sie beim Lieferanten das Nachweispaket zu dieser Auskunft an und führen aus: carbon-server verify evidence.zip. Das Paket enthält die Auskunft jedes Monats. Der Befehl vergleicht ohne Netzzugang und ohne Datenbank deren Prüfsummen mit den oben genannten, addiert sie erneut und vergleicht alle Werte.",
};
