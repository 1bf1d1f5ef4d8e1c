//! French.

use super::VerifyWords;

pub(super) const FR: VerifyWords = VerifyWords {
    skip: "Aller au contenu",
    language: "Langue",
    title: "Vérifier un rapport ou un dossier de preuves",
    lead: "Pour quiconque a reçu un rapport\u{a0}: le programme qui établit les rapports recalcule les chiffres et dit s’ils sont les mêmes. Aucun compte n’est nécessaire.",
    file: "Rapport (.pdf) ou dossier de preuves (.zip)",
    hint: "Au plus {mebibytes} Mio.",
    drop: "Vous pouvez aussi déposer le fichier ici.",
    check: "Vérifier",
    checking: "Vérification en cours …",
    privacy: "Le fichier est envoyé à ce serveur et à aucun autre. Rien n’en est conservé.",
    colon: "\u{a0}: ",
    verified: "Vérifié",
    not_verified: "Non vérifié",
    first_difference: "Premier endroit qui diffère",
    differs: "Ce qui diffère",
    not_checked: "Pas de vérification",
    too_much: "La vérification de ce fichier demande plus de temps ou de mémoire que n’en a cette page. Lancez la commande sur votre propre machine.",
    too_large: "Le fichier est trop grand pour cette page. Lancez la commande sur votre propre machine.",
    too_many: "Trop de fichiers sont venus de votre adresse réseau en une minute. Réessayez plus tard.",
    busy: "Trop de fichiers attendent d’être vérifiés. Réessayez plus tard.",
    not_received: "Le fichier n’est pas arrivé à temps, ou pas en entier. Réessayez.",
    no_file: "Choisissez un fichier\u{a0}: un rapport ou un dossier de preuves.",
    another_site: "Le formulaire a été envoyé par un autre site. Ouvrez cette page et réessayez.",
    failed: "Une erreur s’est produite sur ce serveur. Le fichier n’a pas été vérifié.",
    shows: "Ce que montre une vérification",
    shows_list: [
        "D’un dossier\u{a0}: chaque chiffre découle des événements et des facteurs qu’il contient, et le PDF est celui qu’ils dessinent, à l’octet près.",
        "D’un dossier d’un mois clos\u{a0}: à quelle entrée du registre du fournisseur il appartient, et si un point de contrôle signé la couvre.",
        "D’un rapport seul\u{a0}: ses lignes s’additionnent, chacune est le produit de ses tokens et de son facteur, et le PDF est celui que dessine sa propre déclaration.",
    ],
    shows_not: "Ce qu’elle ne montre pas",
    shows_not_list: [
        "Que les événements ont eu lieu, ni qu’il n’en manque aucun\u{a0}: comparez-les aux factures des fournisseurs de modèles.",
        "Que les facteurs d’émission sont justes\u{a0}: ce sont des estimations publiées, avec un intervalle.",
        "Qui a fait le fichier, sauf s’il est signé et que vous faites confiance à l’émetteur du certificat. Cette page n’est ni une mission d’assurance ni un certificat.",
    ],
    yourself: "Vérifier vous-même",
    yourself_text: "Vous n’avez pas à croire ce serveur\u{a0}: chaque dossier contient un README et un script Python qui le vérifie hors ligne, et le programme est libre. Il donne la même réponse\u{a0}:",
};
