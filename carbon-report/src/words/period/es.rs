//! Spanish.

use super::PeriodWords;

pub(super) const ES: PeriodWords = PeriodWords {
    sections: [
        "Cifras clave",
        "Dónde incluir estas cifras",
        "Desglose",
        "Calidad de los datos",
        "Método",
        "Factores y fuentes",
        "Los meses y sus informes",
        "Lo que esta declaración no afirma",
    ],
    to_paste: "«De {from} a {to}, los servicios de LLM adquiridos a {supplier} generaron unas emisiones estimadas de {mass} CO₂e (intervalo de {low} a {high}), comunicadas en el alcance 3, categoría 1, bienes y servicios adquiridos, de las cuales servicios de computación en la nube y de centros de datos. El {covered} de los tokens tiene un factor de emisión; el {primary} de las emisiones se basa en datos primarios.»",
    is_final: "definitivo: cada mes está cerrado y tiene su informe",
    provisional: "provisional: faltan {missing} de {all} meses",
    missing: "Meses que faltan",
    missing_note: "Estos meses no están en ninguna cifra de esta declaración. Sus emisiones no son cero: todavía no están declaradas.",
    reasons: [
        "aún abierto",
        "cerrado, pero sin informe para este cliente",
        "reexpresado, pero sin informe de la reexpresión",
    ],
    restated: "Meses reexpresados: {months}. Las cifras son las reexpresadas; la sección 7 recoge las anteriores.",
    no_activity: "No se registró ninguna llamada a un LLM para este cliente en estos meses: las emisiones son cero porque no hubo actividad.",
    by_month: "Emisiones por mes",
    factor_sets: "Conjuntos de factores",
    without_market: "Para {months} no se declara ninguna cifra basada en el mercado: estos meses no están en ninguna de las dos cifras.",
    method: &[
        "Esta declaración suma las declaraciones definitivas de los meses de la sección 7. Nada se ha vuelto a calcular a partir de llamadas o factores: cada valor central es, hasta la última cifra, la suma de los valores que declaran los meses. lines.csv indica para cada línea de un modelo los meses de los que es la suma.",
        "Los límites inferiores y superiores se suman del mismo modo. Los meses se basan en los mismos factores y por eso comparten sus errores; donde no es así, el intervalo es más amplio de lo necesario, nunca más estrecho. Lo que no se conoce en un mes sigue siendo desconocido y no cuenta como cero.",
        "Las ecuaciones, los límites y las incertidumbres están en el informe de cada mes.",
    ],
    factors_note: "Cada factor que se aplicó en alguno de los meses. Sus tasas, sus límites y su intervalo están en los informes de los meses y en statement.json.",
    factor: "Factor",
    months_note: "Las cifras de cada mes son las del informe indicado aquí. Su propio paquete de evidencias contiene cada llamada en la que se basan.",
    statement_digest: "statement.json (SHA-256)",
    change: "antes {old}, ahora {new}: {difference}, de los cuales {usage} por otro uso y {factors} por otros factores",
    attachments: "statement.json contiene cada valor de esta declaración con todas sus cifras, y lines.csv cada fila de sus tablas. Los mismos valores están disponibles para otros programas como xBRL-JSON y, si no falta ningún mes, como bloque de texto VSME y como huella PACT. Todos los archivos están incorporados en este PDF.",
    verify: "Para verificar esta declaración, pida al proveedor su paquete de evidencias y ejecute: carbon-server verify evidence.zip. El paquete contiene la declaración de cada mes. Sin red ni base de datos, el comando compara sus huellas digitales con las anteriores, las suma de nuevo y compara cada valor.",
};
