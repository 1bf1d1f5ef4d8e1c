//! Spanish.

use super::MarketWords;

pub(super) const ES: MarketWords = MarketWords {
    heading: "Basado en la ubicación y basado en el mercado",
    intro: "Ambas cifras son de las mismas llamadas. La basada en la ubicación utiliza la media de cada red eléctrica y es la cifra de este informe. La basada en el mercado utiliza los contratos de electricidad del proveedor y las mezclas residuales de las redes. No se suman ni se promedian.",
    basis: "Base",
    location: "Basado en la ubicación",
    market: "Basado en el mercado",
    recomputed: "El {share} de la cifra basada en la ubicación se volvió a valorar con un instrumento o una mezcla residual. El resto es igual en ambas: el hardware, las cifras sin electricidad propia y la electricidad para la que no se conoce ni lo uno ni lo otro.",
    range: "El intervalo de la cifra basada en el mercado se deriva del de la electricidad. Los instrumentos y las mezclas residuales se toman como se indican, sin dispersión propia.",
    zones: "Electricidad por red (kWh) y sus emisiones ({unit} CO₂e)",
    zones_head: [
        "Red",
        "kWh",
        "con instrumentos",
        "con mezcla residual",
        "con media de la red",
        "basado en la ubicación",
        "basado en el mercado",
    ],
    stand_in: "No se conoce ninguna mezcla residual para {zones}: lo que allí no cubre ningún instrumento se valora con la media de la red.",
    instruments: "Instrumentos contractuales",
    instruments_head: ["Instrumento", "Cantidad", "Justificante"],
    instrument: "{kind}, {zone}, del {from} al {to}, producción de {vintage}",
    of_provider: "solo para la electricidad de {provider}",
    quantity: "{used} de {allocated} kWh utilizados, {g} g/kWh",
    evidence: "{source}; licencia: {licence}; SHA-256 de los certificados {certificates}, del documento {document}",
    mix_evidence: "{source}; licencia: {licence}; SHA-256 del documento {document}",
    shown: "Se muestran los {count} primeros de {total}; statement.json los contiene todos.",
    instruments_note: "Utilizados en este orden: primero los de un solo prestador; después, según el primer día del período, su último día y el identificador. Lo que sobra no se usa para ningún otro mes. Los certificados y documentos los guarda el proveedor; aquí solo figuran sus huellas digitales.",
    residual_mixes: "Mezclas residuales",
    residual_head: ["Red y año", "g/kWh", "Justificante"],
    restated: "Basado en el mercado: antes {old}, ahora {new}.",
    kinds: [
        "Garantía de origen",
        "Certificado de energía renovable (REC)",
        "Contrato de compraventa de electricidad (PPA)",
        "Mezcla del suministrador de electricidad",
    ],
};
