//! Spanish.

use super::VerifyWords;

pub(super) const ES: VerifyWords = VerifyWords {
    skip: "Ir al contenido",
    language: "Idioma",
    title: "Verificar un informe o un paquete de evidencias",
    lead: "Para cualquiera que haya recibido un informe: el programa que hace los informes vuelve a calcular las cifras y dice si son las mismas. No se necesita una cuenta.",
    file: "Informe (.pdf) o paquete de evidencias (.zip)",
    hint: "Como máximo {mebibytes} MiB.",
    drop: "También puede soltar el archivo aquí.",
    check: "Verificar",
    checking: "Verificando …",
    privacy: "El archivo se envía a este servidor y a ningún otro. No se guarda nada de él.",
    colon: ": ",
    verified: "Verificado",
    not_verified: "No verificado",
    first_difference: "Primer lugar que difiere",
    differs: "Qué difiere",
    not_checked: "Sin verificar",
    too_much: "Verificar este archivo requiere más tiempo o memoria de los que tiene esta página. Ejecute el comando en su propio equipo.",
    too_large: "El archivo es demasiado grande para esta página. Ejecute el comando en su propio equipo.",
    too_many: "Llegaron demasiados archivos desde su dirección de red en un minuto. Inténtelo más tarde.",
    busy: "Hay demasiados archivos en espera de verificación. Inténtelo más tarde.",
    not_received: "El archivo no llegó a tiempo o no llegó completo. Inténtelo de nuevo.",
    no_file: "Elija un archivo: un informe o un paquete de evidencias.",
    another_site: "El formulario se envió desde otro sitio. Abra esta página e inténtelo de nuevo.",
    failed: "Algo falló en este servidor. El archivo no se verificó.",
    shows: "Qué muestra una verificación",
    shows_list: [
        "De un paquete: cada cifra se deriva de los eventos y factores que contiene, y el PDF es el que resulta de ellos, hasta el último byte.",
        "Del paquete de un mes cerrado: a qué entrada del registro del proveedor pertenece, y si la cubre un punto de control firmado.",
        "De un informe solo: sus líneas suman los totales, cada una es tokens por factor, y el PDF es el que resulta de su propia declaración.",
    ],
    shows_not: "Qué no muestra",
    shows_not_list: [
        "Que los eventos ocurrieran, o que no falte ninguno: compárelos con las facturas de los prestadores de los modelos.",
        "Que los factores de emisión sean correctos: son estimaciones publicadas con un intervalo.",
        "Quién hizo el archivo, salvo que esté firmado y usted confíe en el emisor del certificado. Esta página no es un encargo de aseguramiento ni un certificado.",
    ],
    yourself: "Verificarlo usted mismo",
    yourself_text: "No tiene que creer a este servidor: cada paquete contiene un README y un script de Python que lo verifica sin conexión, y el programa es de código abierto. Da la misma respuesta:",
};
