//! German.

use super::{FileWords, PackWords};

pub(super) const DE: PackWords = PackWords {
    title: "Nachweispaket",
    subject: "Emissionen der von {client} genutzten LLM-Dienste, {period}",
    labels: ["Lieferant", "Emissionen", "Bericht", "Ausgestellt am"],
    emissions: "{mass} CO2e, {range}. Alle Stellen: {grams}\u{a0}g",
    not_quantified: "nicht beziffert: für keines der Modelle ist ein Emissionsfaktor bekannt",
    report: "{id}, Revision {revision}, {status}",
    headings: [
        "Was das ist",
        "Die Dateien",
        "Wie man es prüft",
        "Was eine Prüfung zeigt",
        "Was keine Prüfung zeigt",
    ],
    what: &[
        "Dieses Paket enthält einen Bericht und alles, was man braucht, um seine Zahlen nachzurechnen: ohne Konto, ohne Datenbank und ohne Netz.",
    ],
    of_month: "Die Zahlen folgen aus events.ndjson (was genutzt wurde) und factors.json (Emissionen je Einheit der Nutzung).",
    of_period: "Die Zahlen sind die Summen der Monatsauskünfte in diesem Paket. Was hinter einem Monat steht, enthält dessen eigenes Nachweispaket, das der Lieferant hat.",
    files: FileWords {
        readme: "Dieser Text.",
        report: "Der Bericht, wie er ausgestellt wurde. Jedes der folgenden Formate ist ihm auch beigefügt.",
        forms: [
            "Jede Zahl mit allen Stellen.",
            "Jede Zeile der Tabellen des Berichts, für eine Tabellenkalkulation.",
            "Die Kennzahlen als xBRL-JSON.",
            "Dieselben als Textblock der VSME-Taxonomie.",
            "Dieselben als PACT-Produktfußabdruck.",
            "Eine Zeile je Tag, Modell und Region in den Spalten von FOCUS.",
        ],
        taxonomy: "Die Taxonomie, in der statement.xbrl.json geschrieben ist.",
        events: "Die Ereignisse, die der Monat zählt, eines je Zeile: wann, welches Modell, wie viele Tokens. Keine Prompts und keine Antworten.",
        factors: "Der Faktorensatz: der Text seiner Tabellen, mit Quellen.",
        windows: "Die gemessene Energie, aus der die gemessenen Faktoren des Lieferanten bestimmt wurden.",
        logo: "Das Logo des Lieferanten auf dem Bericht.",
        months: "Die Auskunft eines Monats, wie dessen eigener Bericht sie angibt.",
        proof: "Von der Zeile dieses Kunden im Journal des Lieferanten zu einem signierten Prüfpunkt dieses Journals.",
        time_stamp: "Der Zeitstempel einer Stelle über dem Abschluss des Monats (RFC 3161).",
        script: "Prüft das Paket. Es ist Text: Lesen Sie ihn, bevor Sie ihn ausführen.",
        manifest: "Länge und SHA-256 der Dateien.",
        sums: "SHA-256 jeder anderen Datei, wie das Programm sha256sum sie liest.",
    },
    before: "Behalten Sie die gepackte Datei so, wie Sie sie erhalten haben: „evidence.zip“ steht hier für ihren Namen. Es gibt drei Wege; jeder kommt ohne die anderen aus.",
    ways: [
        "Mit Python 3 und sonst nichts. Entpacken Sie {script} aus diesem Paket und starten Sie:",
        "Mit dem Programm carbon-server, das quelloffen ist (Apache-2.0). Es zeichnet auch den Bericht neu und vergleicht jedes Byte der PDF-Datei, muss also in der Version sein, die den Bericht erstellt hat, {generator}:",
        "Mit einer Seite im Browser: Sie startet dasselbe Programm und zeigt seine Antwort.",
    ],
    at_address: "Der Lieferant nennt diese Adresse; dass sie seine ist, beweist nichts in diesem Paket:",
    at_supplier: "Jeder Server von LLM Carbon Tracker hat sie unter dem Pfad /verify.",
    sums: "Um nur zu sehen, ob die Dateien seit dem Packen unverändert sind, entpacken Sie sie und starten Sie:",
    trust: "Wer dieses Paket ändern könnte, könnte auch das Skript darin ändern. Nehmen Sie das Skript aus dem Projekt oder das Programm, wenn Sie der Herkunft des Pakets nicht trauen.",
    shows_month: &[
        "Die Zahlen folgen aus den Ereignissen und den Faktoren, und Zeilen ergeben die Summen.",
        "Wenn proof.json da ist: Der Monat wurde mit diesen Ereignissen und dieser Summe im Journal des Lieferanten abgeschlossen, unter einem signierten Prüfpunkt. Vergleichen Sie den Schlüssel, den die Prüfung nennt, mit dem des Lieferanten.",
        "Wenn closing.tsr da ist: Den Abschluss gab es zu der Zeit, die die Stelle angibt.",
    ],
    shows_period: &[
        "Die Zahlen sind die Summen der Monate, und die Auskunft jedes Monats ist die, die der Bericht mit ihrem SHA-256 nennt.",
    ],
    shows: &[
        "Keine Datei wurde geändert, hinzugefügt oder weggelassen, und die gepackte Datei hat nur eine Lesart. Programm und Seite vergleichen auch die Seiten der PDF-Datei; das Python-Skript sieht sie nicht an.",
    ],
    shows_not: &[
        "Dass die Faktoren stimmen: Es sind veröffentlichte Schätzungen; der Bericht nennt ihren Unsicherheitsbereich und ihre Quellen.",
        "Wer das Paket gemacht hat, außer der Bericht ist signiert und Sie vertrauen dem Aussteller des Zertifikats.",
    ],
    shows_not_month: &[
        "Dass es die Ereignisse gab, oder dass vor dem Abschluss des Monats keines weggelassen wurde. Vergleichen Sie sie mit den Rechnungen der Modellanbieter.",
    ],
    shows_not_period: &[
        "Dass die Monatsauskünfte aus der Nutzung folgen: Das zeigt das Paket des jeweiligen Monats.",
    ],
};
