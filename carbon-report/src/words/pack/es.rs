//! Spanish.

use super::{FileWords, PackWords};

pub(super) const ES: PackWords = PackWords {
    title: "Paquete de evidencias",
    subject: "Emisiones de los servicios de LLM utilizados por {client}, {period}",
    labels: ["Proveedor", "Emisiones", "Informe", "Emitido el"],
    emissions: "{mass} CO2e, {range}. Todas las cifras: {grams}\u{a0}g",
    not_quantified: "no cuantificadas: no se conoce un factor de emisión para ninguno de los modelos",
    report: "{id}, revisión {revision}, {status}",
    headings: [
        "Qué es esto",
        "Los archivos",
        "Cómo verificarlo",
        "Qué muestra una verificación",
        "Qué no muestra ninguna verificación",
    ],
    what: &[
        "Este paquete contiene un informe y lo necesario para volver a calcular sus cifras. No requiere cuenta, base de datos ni red.",
    ],
    of_month: "Las cifras se derivan de events.ndjson (qué se utilizó) y factors.json (emisiones por unidad de uso).",
    of_period: "Las cifras son las sumas de las declaraciones mensuales de este paquete. El paquete de evidencias de cada mes, que tiene el proveedor, contiene lo que hay detrás de ese mes.",
    files: FileWords {
        readme: "Este texto.",
        report: "El informe tal como se emitió. Lleva adjunto también cada uno de los formatos siguientes.",
        forms: [
            "Cada cifra con todos sus dígitos.",
            "Cada fila de las tablas del informe, para una hoja de cálculo.",
            "Las cifras clave en xBRL-JSON.",
            "Las mismas como bloque de texto de la taxonomía VSME.",
            "Las mismas como huella de producto PACT.",
            "Una fila por día, modelo y región en las columnas de FOCUS.",
        ],
        taxonomy: "La taxonomía en la que está escrito statement.xbrl.json.",
        events: "Los eventos que cuenta el mes, uno por línea: cuándo, qué modelo, cuántos tokens. Ni prompts ni respuestas.",
        factors: "El conjunto de factores: el texto de sus tablas, con las fuentes.",
        windows: "La energía medida de la que se obtuvieron los factores medidos del proveedor.",
        logo: "El logotipo del proveedor en el informe.",
        months: "La declaración de un mes, tal como la recoge el informe de ese mes.",
        proof: "De la línea de este cliente en el registro del proveedor a un punto de control firmado de ese registro.",
        time_stamp: "El sello de tiempo de una autoridad sobre el cierre del mes (RFC 3161).",
        script: "Verifica el paquete. Es texto: léalo antes de ejecutarlo.",
        manifest: "Longitud y SHA-256 de los archivos.",
        sums: "SHA-256 de cada uno de los demás archivos, como lo lee el programa sha256sum.",
    },
    before: "Conserve el archivo comprimido tal como lo recibió: «evidence.zip» representa aquí su nombre. Hay tres formas, y cada una funciona sin las otras.",
    ways: [
        "Con Python 3 y nada más. Extraiga {script} de este paquete y ejecute:",
        "Con el programa carbon-server, que es de código abierto (Apache-2.0). También vuelve a dibujar el informe y compara cada byte del PDF, así que debe ser de la versión que hizo el informe, {generator}:",
        "Con una página en un navegador: ejecuta ese mismo programa y muestra su respuesta.",
    ],
    at_address: "El proveedor indica esta dirección, y nada en el paquete demuestra que sea la suya:",
    at_supplier: "Cualquier servidor de LLM Carbon Tracker la tiene, en la ruta /verify.",
    sums: "Para ver solo si los archivos no han cambiado desde que se comprimieron, extráigalos y ejecute:",
    trust: "Quien pudiera cambiar este paquete también podría cambiar el script que contiene. Tome el script del proyecto, o use el programa, si no se fía de la procedencia del paquete.",
    shows_month: &[
        "Las cifras se derivan de los eventos y de los factores, y las líneas suman los totales.",
        "Si está proof.json: el mes se cerró con estos eventos y este total en el registro del proveedor, bajo un punto de control firmado. Compare la clave que indica la verificación con la del proveedor.",
        "Si está closing.tsr: el cierre existía a la hora que indica la autoridad.",
    ],
    shows_period: &[
        "Las cifras son las sumas de los meses, y la declaración de cada mes es la que el informe identifica por su SHA-256.",
    ],
    shows: &[
        "Ningún archivo se cambió, añadió u omitió, y el archivo comprimido tiene una sola lectura. El programa y la página comparan también las páginas del PDF; el script de Python no las mira.",
    ],
    shows_not: &[
        "Que los factores sean correctos: son estimaciones publicadas, y el informe indica su intervalo y sus fuentes.",
        "Quién hizo el paquete, salvo que el informe esté firmado y usted confíe en quien emitió el certificado.",
    ],
    shows_not_month: &[
        "Que los eventos ocurrieran, o que no se omitiera ninguno antes del cierre del mes. Compárelos con las facturas de los prestadores de los modelos.",
    ],
    shows_not_period: &[
        "Que las declaraciones mensuales se deriven de lo que se utilizó: eso lo muestra el paquete de cada mes.",
    ],
};
