//! Dutch.

use super::VerifyWords;

pub(super) const NL: VerifyWords = VerifyWords {
    skip: "Naar de inhoud",
    language: "Taal",
    title: "Een rapport of bewijspakket controleren",
    lead: "Voor iedereen die een rapport heeft gekregen: het programma dat rapporten maakt, rekent de cijfers na en zegt of ze gelijk zijn. Er is geen account nodig.",
    file: "Rapport (.pdf) of bewijspakket (.zip)",
    hint: "Ten hoogste {mebibytes} MiB.",
    drop: "U kunt het bestand ook hierheen slepen.",
    check: "Controleren",
    checking: "Wordt gecontroleerd …",
    privacy: "Het bestand gaat naar deze server en nergens anders heen. Er wordt niets van bewaard.",
    colon: ": ",
    verified: "Bevestigd",
    not_verified: "Niet bevestigd",
    first_difference: "Eerste plaats die afwijkt",
    differs: "Wat afwijkt",
    not_checked: "Niet gecontroleerd",
    too_much: "Dit bestand controleren kost meer tijd of geheugen dan deze pagina heeft. Voer de opdracht uit op uw eigen computer.",
    too_large: "Het bestand is te groot voor deze pagina. Voer de opdracht uit op uw eigen computer.",
    too_many: "Er kwamen binnen een minuut te veel bestanden van uw netwerkadres. Probeer het later opnieuw.",
    busy: "Te veel bestanden wachten op controle. Probeer het later opnieuw.",
    not_received: "Het bestand kwam niet op tijd of niet volledig aan. Probeer het opnieuw.",
    no_file: "Kies één bestand: een rapport of een bewijspakket.",
    another_site: "Het formulier is vanaf een andere site verstuurd. Open deze pagina en probeer het opnieuw.",
    failed: "Er ging iets mis op deze server. Het bestand is niet gecontroleerd.",
    shows: "Wat een controle laat zien",
    shows_list: [
        "Van een pakket: elk cijfer volgt uit de gebeurtenissen en factoren erin, en de pdf is die welke eruit voortkomt, tot de laatste byte.",
        "Van het pakket van een afgesloten maand: bij welke regel in het logboek van de leverancier het hoort, en of een ondertekend controlepunt die dekt.",
        "Van een rapport alleen: de regels tellen op, elke regel is tokens maal factor, en de pdf is die welke uit de eigen verklaring voortkomt.",
    ],
    shows_not: "Wat zij niet laat zien",
    shows_not_list: [
        "Dat de gebeurtenissen hebben plaatsgevonden, of dat er geen ontbreekt: vergelijk ze met de facturen van de modelaanbieders.",
        "Dat de emissiefactoren juist zijn: het zijn gepubliceerde schattingen met een interval.",
        "Wie het bestand heeft gemaakt, tenzij het is ondertekend en u de uitgever van het certificaat vertrouwt. Deze pagina geeft geen zekerheid in de zin van een assurance-opdracht en geen certificaat.",
    ],
    yourself: "Zelf controleren",
    yourself_text: "U hoeft deze server niet te geloven: elk pakket bevat een README en een Python-script dat het offline controleert, en het programma is open source. Het geeft hetzelfde antwoord:",
};
