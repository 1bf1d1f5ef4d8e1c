//! Dutch.

use super::{FileWords, PackWords};

pub(super) const NL: PackWords = PackWords {
    title: "Bewijspakket",
    subject: "Emissies van de LLM-diensten die {client} heeft gebruikt, {period}",
    labels: ["Leverancier", "Emissies", "Rapport", "Uitgegeven op"],
    emissions: "{mass} CO2e, {range}. Alle cijfers: {grams}\u{a0}g",
    not_quantified: "niet gekwantificeerd: voor geen van de modellen is een emissiefactor bekend",
    report: "{id}, revisie {revision}, {status}",
    headings: [
        "Wat dit is",
        "De bestanden",
        "Hoe u het controleert",
        "Wat een controle laat zien",
        "Wat geen controle laat zien",
    ],
    what: &[
        "Dit pakket bevat een rapport en wat nodig is om de cijfers ervan na te rekenen: zonder account, zonder database en zonder netwerk.",
    ],
    of_month: "De cijfers volgen uit events.ndjson (wat is gebruikt) en factors.json (emissies per eenheid van gebruik).",
    of_period: "De cijfers zijn de sommen van de maandverklaringen in dit pakket. Het bewijspakket van elke maand, dat de leverancier heeft, bevat wat achter die maand staat.",
    files: FileWords {
        readme: "Deze tekst.",
        report: "Het rapport zoals het is uitgegeven. Elk van de volgende formaten is er ook als bijlage in opgenomen.",
        forms: [
            "Elk getal met alle cijfers.",
            "Elke rij van de tabellen van het rapport, voor een spreadsheet.",
            "De kerncijfers als xBRL-JSON.",
            "Dezelfde als tekstblok van de VSME-taxonomie.",
            "Dezelfde als PACT-productvoetafdruk.",
            "Eén rij per dag, model en regio in de kolommen van FOCUS.",
        ],
        taxonomy: "De taxonomie waarin statement.xbrl.json is geschreven.",
        events: "De gebeurtenissen die de maand telt, één per regel: wanneer, welk model, hoeveel tokens. Geen prompts en geen antwoorden.",
        factors: "De factorenset: de tekst van de tabellen, met bronnen.",
        windows: "De gemeten energie waaruit de gemeten factoren van de leverancier zijn bepaald.",
        logo: "Het logo van de leverancier op het rapport.",
        months: "De verklaring van een maand, zoals het rapport van die maand haar vermeldt.",
        proof: "Van de regel van deze klant in het logboek van de leverancier naar een ondertekend controlepunt van dat logboek.",
        time_stamp: "Het tijdstempel van een autoriteit over de afsluiting van de maand (RFC 3161).",
        script: "Controleert het pakket. Het is tekst: lees het voordat u het uitvoert.",
        manifest: "Lengte en SHA-256 van de bestanden.",
        sums: "SHA-256 van elk ander bestand, zoals het programma sha256sum die leest.",
    },
    before: "Bewaar het ingepakte bestand zoals u het hebt ontvangen: “evidence.zip” staat hieronder voor de naam ervan. Er zijn drie manieren, elk onafhankelijk van de andere.",
    ways: [
        "Met Python 3 en verder niets. Pak {script} uit dit pakket uit en voer uit:",
        "Met het programma carbon-server, dat open source is (Apache-2.0). Het tekent ook het rapport opnieuw en vergelijkt elke byte van de pdf; het moet dus de versie zijn die het rapport heeft gemaakt, {generator}:",
        "Met een pagina in een browser: die voert hetzelfde programma uit en toont het antwoord.",
    ],
    at_address: "De leverancier noemt dit adres; niets in het pakket bewijst dat het van hem is:",
    at_supplier: "Elke server van LLM Carbon Tracker heeft haar, op het pad /verify.",
    sums: "Om alleen te zien of de bestanden sinds het inpakken ongewijzigd zijn, pakt u ze uit en voert u uit:",
    trust: "Wie dit pakket zou kunnen wijzigen, zou ook het script erin kunnen wijzigen. Neem het script van het project, of gebruik het programma, als u de herkomst van het pakket niet vertrouwt.",
    shows_month: &[
        "De cijfers volgen uit de gebeurtenissen en de factoren, en de regels tellen op tot de totalen.",
        "Als proof.json er is: de maand is met deze gebeurtenissen en dit totaal afgesloten in het logboek van de leverancier, onder een ondertekend controlepunt. Vergelijk de sleutel die de controle noemt met die van de leverancier.",
        "Als closing.tsr er is: de afsluiting bestond op het tijdstip dat de autoriteit noemt.",
    ],
    shows_period: &[
        "De cijfers zijn de sommen van de maanden, en de verklaring van elke maand is die welke het rapport met haar SHA-256 noemt.",
    ],
    shows: &[
        "Geen bestand is gewijzigd, toegevoegd of weggelaten, en het ingepakte bestand heeft maar één lezing. Het programma en de pagina vergelijken ook de pagina’s van de pdf; het Python-script kijkt daar niet naar.",
    ],
    shows_not: &[
        "Dat de factoren juist zijn: het zijn gepubliceerde schattingen, en het rapport vermeldt hun interval en bronnen.",
        "Wie het pakket heeft gemaakt, tenzij het rapport is ondertekend en u de uitgever van het certificaat vertrouwt.",
    ],
    shows_not_month: &[
        "Dat de gebeurtenissen hebben plaatsgevonden, of dat er geen is weggelaten voordat de maand werd afgesloten. Vergelijk ze met de facturen van de modelaanbieders.",
    ],
    shows_not_period: &[
        "Dat de maandverklaringen volgen uit wat is gebruikt: dat laat het pakket van elke maand zien.",
    ],
};
