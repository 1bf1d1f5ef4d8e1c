//! French.

use super::{FileWords, PackWords};

pub(super) const FR: PackWords = PackWords {
    title: "Dossier de preuves",
    subject: "Émissions des services LLM utilisés par {client}, {period}",
    labels: ["Fournisseur", "Émissions", "Rapport", "Émis le"],
    emissions: "{mass} CO2e, {range}. Toutes les décimales\u{a0}: {grams}\u{a0}g",
    not_quantified: "non quantifiées\u{a0}: aucun facteur d’émission n’est connu pour ces modèles",
    report: "{id}, révision {revision}, {status}",
    headings: [
        "Ce que c’est",
        "Les fichiers",
        "Comment le vérifier",
        "Ce que montre une vérification",
        "Ce qu’aucune vérification ne montre",
    ],
    what: &[
        "Ce dossier contient un rapport et tout ce qu’il faut pour recalculer ses chiffres. Il ne demande ni compte, ni base de données, ni réseau.",
    ],
    of_month: "Les chiffres découlent de events.ndjson (ce qui a été utilisé) et de factors.json (les émissions par unité utilisée).",
    of_period: "Les chiffres sont les sommes des déclarations mensuelles de ce dossier. Le dossier de preuves de chaque mois, que détient le fournisseur, contient ce sur quoi ce mois repose.",
    files: FileWords {
        readme: "Ce texte.",
        report: "Le rapport tel qu’il a été émis. Chaque format ci-dessous y est également joint.",
        forms: [
            "Chaque chiffre avec toutes ses décimales.",
            "Chaque ligne des tableaux du rapport, pour un tableur.",
            "Les chiffres clés en xBRL-JSON.",
            "Les mêmes en bloc de texte de la taxonomie VSME.",
            "Les mêmes en empreinte produit PACT.",
            "Une ligne par jour, modèle et région, dans les colonnes de FOCUS.",
        ],
        taxonomy: "La taxonomie dans laquelle statement.xbrl.json est écrit.",
        events: "Les événements que le mois compte, un par ligne\u{a0}: quand, quel modèle, combien de tokens. Ni prompts ni réponses.",
        factors: "Le jeu de facteurs\u{a0}: le texte de ses tableaux, avec les sources.",
        windows: "L’énergie mesurée dont sont tirés les facteurs mesurés du fournisseur.",
        logo: "Le logo du fournisseur sur le rapport.",
        months: "La déclaration d’un mois, telle que l’énonce le rapport de ce mois.",
        proof: "De la ligne de ce client dans le registre du fournisseur à un point de contrôle signé de ce registre.",
        time_stamp: "L’horodatage d’une autorité sur la clôture du mois (RFC 3161).",
        script: "Vérifie le dossier. C’est du texte\u{a0}: lisez-le avant de l’exécuter.",
        manifest: "Longueur et SHA-256 des fichiers.",
        sums: "SHA-256 de chaque autre fichier, tel que le lit le programme sha256sum.",
    },
    before: "Gardez le fichier compressé tel que vous l’avez reçu\u{a0}: «\u{a0}evidence.zip\u{a0}» ci-dessous est son nom. Il y a trois moyens, dont chacun se passe des autres.",
    ways: [
        "Avec Python 3 et rien d’autre. Extrayez {script} de ce dossier et lancez\u{a0}:",
        "Avec le programme carbon-server, qui est libre (Apache-2.0). Il redessine aussi le rapport et compare chaque octet du PDF\u{202f}; il doit donc être de la version qui a établi le rapport, {generator}\u{a0}:",
        "Avec une page dans un navigateur\u{a0}: elle exécute ce même programme et affiche sa réponse.",
    ],
    at_address: "Le fournisseur nomme cette adresse, et rien dans le dossier ne prouve qu’elle est la sienne\u{a0}:",
    at_supplier: "Tout serveur de LLM Carbon Tracker l’a, au chemin /verify.",
    sums: "Pour voir seulement si les fichiers sont inchangés depuis leur compression, extrayez-les et lancez\u{a0}:",
    trust: "Qui pourrait modifier ce dossier pourrait aussi modifier le script qu’il contient. Prenez le script auprès du projet, ou utilisez le programme, si vous n’êtes pas sûr de la provenance du dossier.",
    shows_month: &[
        "Les chiffres découlent des événements et des facteurs, et les lignes s’additionnent en totaux.",
        "Si proof.json est là\u{a0}: le mois a été clos avec ces événements et ce total dans le registre du fournisseur, sous un point de contrôle signé. Comparez la clé que nomme la vérification à celle du fournisseur.",
        "Si closing.tsr est là\u{a0}: la clôture existait à l’heure qu’indique l’autorité.",
    ],
    shows_period: &[
        "Les chiffres sont les sommes des mois, et la déclaration de chaque mois est celle que le rapport nomme par son SHA-256.",
    ],
    shows: &[
        "Aucun fichier n’a été modifié, ajouté ou retiré, et le fichier compressé n’a qu’une lecture. Le programme et la page comparent aussi les pages du PDF\u{202f}; le script Python ne les regarde pas.",
    ],
    shows_not: &[
        "Que les facteurs sont justes\u{a0}: ce sont des estimations publiées, et le rapport indique leur intervalle et leurs sources.",
        "Qui a fait le dossier, sauf si le rapport est signé et que vous faites confiance à l’émetteur du certificat.",
    ],
    shows_not_month: &[
        "Que les événements ont eu lieu, ni qu’aucun n’a été omis avant la clôture du mois. Comparez-les aux factures des fournisseurs de modèles.",
    ],
    shows_not_period: &[
        "Que les déclarations mensuelles découlent de ce qui a été utilisé\u{a0}: le dossier de chaque mois le montre.",
    ],
};
