//! Polish.

use super::{FileWords, PackWords};

pub(super) const PL: PackWords = PackWords {
    title: "Pakiet dowodowy",
    subject: "Emisje usług LLM, klient: {client}, {period}",
    labels: ["Dostawca", "Emisje", "Raport", "Wystawiono"],
    emissions: "{mass} CO2e, {range}. Wszystkie cyfry: {grams}\u{a0}g",
    not_quantified: "nieokreślone ilościowo: dla żadnego z modeli nie jest znany współczynnik emisji",
    report: "{id}, wersja {revision}, {status}",
    headings: [
        "Co to jest",
        "Pliki",
        "Jak to zweryfikować",
        "Co pokazuje weryfikacja",
        "Czego nie pokazuje żadna weryfikacja",
    ],
    what: &[
        "Ten pakiet zawiera raport i wszystko, co jest potrzebne do ponownego obliczenia jego wartości. Nie wymaga konta, bazy danych ani sieci.",
    ],
    of_month: "Wartości wynikają z events.ndjson (czego użyto) i factors.json (emisje na jednostkę użycia).",
    of_period: "Wartości są sumami miesięcznych oświadczeń z tego pakietu. Pakiet dowodowy każdego miesiąca, który ma dostawca, zawiera to, na czym ten miesiąc się opiera.",
    files: FileWords {
        readme: "Ten tekst.",
        report: "Raport w postaci, w jakiej go wystawiono. Dołączono do niego także każdy z poniższych formatów.",
        forms: [
            "Każda wartość ze wszystkimi cyframi.",
            "Każdy wiersz tabel raportu, do arkusza kalkulacyjnego.",
            "Najważniejsze dane jako xBRL-JSON.",
            "To samo jako blok tekstu taksonomii VSME.",
            "To samo jako ślad produktu PACT.",
            "Jeden wiersz na dzień, model i region w kolumnach FOCUS.",
        ],
        taxonomy: "Taksonomia, w której zapisano statement.xbrl.json.",
        events: "Zdarzenia ujęte w miesiącu, po jednym w wierszu: kiedy, jaki model, ile tokenów. Bez promptów i bez odpowiedzi.",
        factors: "Zestaw współczynników: tekst jego tabel, ze źródłami.",
        windows: "Zmierzona energia, z której wyznaczono zmierzone współczynniki dostawcy.",
        logo: "Logo dostawcy na raporcie.",
        months: "Oświadczenie za miesiąc, w postaci z raportu tego miesiąca.",
        proof: "Od pozycji tego klienta w dzienniku dostawcy do podpisanego punktu kontrolnego tego dziennika.",
        time_stamp: "Znacznik czasu urzędu dla zamknięcia miesiąca (RFC 3161).",
        script: "Weryfikuje pakiet. To tekst: proszę go przeczytać przed uruchomieniem.",
        manifest: "Długość i SHA-256 plików.",
        sums: "SHA-256 każdego innego pliku, w postaci czytanej przez program sha256sum.",
    },
    before: "Proszę zachować spakowany plik w otrzymanej postaci: „evidence.zip” oznacza poniżej jego nazwę. Są trzy sposoby, każdy niezależny od pozostałych.",
    ways: [
        "Za pomocą samego Pythona 3. Proszę wyodrębnić {script} z tego pakietu i uruchomić:",
        "Za pomocą programu carbon-server o otwartym kodzie (Apache-2.0). Rysuje on też raport na nowo i porównuje każdy bajt pliku PDF, musi więc być w wersji, która sporządziła raport, {generator}:",
        "Za pomocą strony w przeglądarce: uruchamia ona ten sam program i pokazuje jego odpowiedź.",
    ],
    at_address: "Dostawca podaje ten adres; nic w pakiecie nie dowodzi, że należy on do niego:",
    at_supplier: "Ma ją każdy serwer LLM Carbon Tracker, pod ścieżką /verify.",
    sums: "Aby tylko sprawdzić, czy pliki nie zmieniły się od spakowania, proszę je rozpakować i uruchomić:",
    trust: "Kto mógłby zmienić ten pakiet, mógłby też zmienić zawarty w nim skrypt. Jeśli pochodzenie pakietu budzi wątpliwości, proszę wziąć skrypt z projektu albo użyć programu.",
    shows_month: &[
        "Wartości wynikają ze zdarzeń i współczynników, a wiersze dodają się do sum.",
        "Jeśli jest proof.json: miesiąc zamknięto z tymi zdarzeniami i tą sumą w dzienniku dostawcy, pod podpisanym punktem kontrolnym. Proszę porównać klucz podany przez weryfikację z kluczem dostawcy.",
        "Jeśli jest closing.tsr: zamknięcie istniało w chwili, którą podaje urząd.",
    ],
    shows_period: &[
        "Wartości są sumami miesięcy, a oświadczenie każdego miesiąca jest tym, które raport wskazuje przez jego SHA-256.",
    ],
    shows: &[
        "Żadnego pliku nie zmieniono, nie dodano ani nie pominięto, a spakowany plik ma tylko jedno odczytanie. Program i strona porównują też strony pliku PDF; skrypt Pythona ich nie ogląda.",
    ],
    shows_not: &[
        "Że współczynniki są poprawne: są to opublikowane oszacowania, a raport podaje ich przedział i źródła.",
        "Kto sporządził pakiet, chyba że raport jest podpisany, a wystawca certyfikatu jest dla Państwa godny zaufania.",
    ],
    shows_not_month: &[
        "Że zdarzenia miały miejsce albo że żadnego nie pominięto przed zamknięciem miesiąca. Proszę je porównać z fakturami usługodawców modeli.",
    ],
    shows_not_period: &[
        "Że miesięczne oświadczenia wynikają z tego, czego użyto: pokazuje to pakiet każdego miesiąca.",
    ],
};
