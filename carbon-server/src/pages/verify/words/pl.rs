//! Polish.

use super::VerifyWords;

pub(super) const PL: VerifyWords = VerifyWords {
    skip: "Przejdź do treści",
    language: "Język",
    title: "Weryfikacja raportu lub pakietu dowodowego",
    lead: "Dla każdego, kto otrzymał raport: program, który sporządza raporty, oblicza wartości na nowo i mówi, czy są takie same. Konto nie jest potrzebne.",
    file: "Raport (.pdf) lub pakiet dowodowy (.zip)",
    hint: "Najwyżej {mebibytes} MiB.",
    drop: "Plik można też upuścić tutaj.",
    check: "Zweryfikuj",
    checking: "Trwa weryfikacja …",
    privacy: "Plik trafia na ten serwer i nigdzie indziej. Nic z niego nie jest przechowywane.",
    colon: ": ",
    verified: "Zweryfikowano",
    not_verified: "Nie zweryfikowano",
    first_difference: "Pierwsze miejsce, które się różni",
    differs: "Co się różni",
    not_checked: "Bez weryfikacji",
    too_much: "Weryfikacja tego pliku wymaga więcej czasu lub pamięci, niż ma ta strona. Proszę uruchomić polecenie na własnym komputerze.",
    too_large: "Plik jest za duży dla tej strony. Proszę uruchomić polecenie na własnym komputerze.",
    too_many: "Z Państwa adresu sieciowego przyszło zbyt wiele plików w ciągu minuty. Proszę spróbować później.",
    busy: "Zbyt wiele plików czeka na weryfikację. Proszę spróbować później.",
    not_received: "Plik nie dotarł na czas lub nie dotarł w całości. Proszę spróbować ponownie.",
    no_file: "Proszę wybrać jeden plik: raport lub pakiet dowodowy.",
    another_site: "Formularz wysłano z innej witryny. Proszę otworzyć tę stronę i spróbować ponownie.",
    failed: "Na tym serwerze wystąpił błąd. Pliku nie zweryfikowano.",
    shows: "Co pokazuje weryfikacja",
    shows_list: [
        "Dla pakietu: każda wartość wynika z zawartych w nim zdarzeń i współczynników, a plik PDF jest tym, który z nich powstaje, co do ostatniego bajtu.",
        "Dla pakietu zamkniętego miesiąca: do którego wpisu w dzienniku dostawcy należy i czy obejmuje go podpisany punkt kontrolny.",
        "Dla samego raportu: jego wiersze się sumują, każdy jest iloczynem tokenów i współczynnika, a plik PDF jest tym, który powstaje z jego własnego oświadczenia.",
    ],
    shows_not: "Czego nie pokazuje",
    shows_not_list: [
        "Że zdarzenia miały miejsce albo że żadnego nie brakuje: proszę je porównać z fakturami usługodawców modeli.",
        "Że współczynniki emisji są poprawne: są to opublikowane oszacowania z przedziałem.",
        "Kto sporządził plik, chyba że jest podpisany, a wystawca certyfikatu jest dla Państwa godny zaufania. Ta strona nie jest usługą atestacyjną ani certyfikatem.",
    ],
    yourself: "Samodzielna weryfikacja",
    yourself_text: "Nie trzeba wierzyć temu serwerowi: każdy pakiet zawiera plik README i skrypt Pythona, który weryfikuje go offline, a program ma otwarty kod. Daje tę samą odpowiedź:",
};
