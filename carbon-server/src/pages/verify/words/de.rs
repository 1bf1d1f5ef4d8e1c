//! German.

use super::VerifyWords;

pub(super) const DE: VerifyWords = VerifyWords {
    skip: "Zum Inhalt",
    language: "Sprache",
    title: "Einen Bericht oder ein Nachweispaket prüfen",
    lead: "Für alle, die einen Bericht erhalten haben: Das Programm, das Berichte erstellt, rechnet die Zahlen nach und sagt, ob es dieselben sind. Ein Konto ist nicht nötig.",
    file: "Bericht (.pdf) oder Nachweispaket (.zip)",
    hint: "Höchstens {mebibytes} MiB.",
    drop: "Sie können die Datei auch hier ablegen.",
    check: "Prüfen",
    checking: "Wird geprüft …",
    privacy: "Die Datei geht an diesen Server und an keinen anderen. Nichts davon wird gespeichert.",
    colon: ": ",
    verified: "Bestätigt",
    not_verified: "Nicht bestätigt",
    first_difference: "Erste Abweichung",
    differs: "Was abweicht",
    not_checked: "Nicht geprüft",
    too_much: "Diese Datei zu prüfen braucht mehr Zeit oder Speicher, als diese Seite hat. Führen Sie den Befehl auf Ihrem eigenen Rechner aus.",
    too_large: "Die Datei ist zu groß für diese Seite. Führen Sie den Befehl auf Ihrem eigenen Rechner aus.",
    too_many: "Von Ihrer Netzadresse kamen innerhalb einer Minute zu viele Dateien. Versuchen Sie es später noch einmal.",
    busy: "Zu viele Dateien warten auf ihre Prüfung. Versuchen Sie es später noch einmal.",
    not_received: "Die Datei kam nicht rechtzeitig oder nicht vollständig an. Versuchen Sie es noch einmal.",
    no_file: "Wählen Sie eine Datei: einen Bericht oder ein Nachweispaket.",
    another_site: "Das Formular kam von einer anderen Website. Öffnen Sie diese Seite und versuchen Sie es noch einmal.",
    failed: "Auf diesem Server ist etwas schiefgegangen. Die Datei wurde nicht geprüft.",
    shows: "Was eine Prüfung zeigt",
    shows_list: [
        "Bei einem Paket: Jede Zahl folgt aus den Ereignissen und Faktoren darin, und die PDF-Datei ist die, die sie ergeben, bis zum letzten Byte.",
        "Beim Paket eines abgeschlossenen Monats: zu welchem Eintrag im Journal des Lieferanten es gehört, und ob ein signierter Prüfpunkt ihn abdeckt.",
        "Bei einem Bericht allein: Seine Zeilen ergeben die Summen, jede ist Tokens mal Faktor, und die PDF-Datei ist die, die seine eigene Auskunft ergibt.",
    ],
    shows_not: "Was sie nicht zeigt",
    shows_not_list: [
        "Dass es die Ereignisse gab, oder dass keines fehlt: Vergleichen Sie sie mit den Rechnungen der Modellanbieter.",
        "Dass die Emissionsfaktoren stimmen: Es sind veröffentlichte Schätzungen mit einer Bandbreite.",
        "Wer die Datei gemacht hat, außer sie ist signiert und Sie vertrauen dem Aussteller des Zertifikats. Diese Seite ist weder eine Prüfung mit Sicherheitsaussage noch ein Zertifikat.",
    ],
    yourself: "Selbst prüfen",
    yourself_text: "Sie müssen diesem Server nicht glauben: Jedes Paket enthält ein README und ein Python-Skript, das es ohne Netz prüft, und das Programm ist quelloffen. Es gibt dieselbe Antwort:",
};
