//! Spanish.

use super::GridWords;

pub(super) const ES: GridWords = GridWords {
    heading: "La electricidad en el tiempo",
    note: "Donde el proveedor ha importado la intensidad de carbono de una red eléctrica por hora o por mes, esta sustituye al valor anual del conjunto de factores: por hora si se conoce la hora de las llamadas y se comunicó su región; si no, por mes; si no, por año. Los valores que faltan no se completan. Los valores están licenciados al proveedor y no forman parte de este informe; la huella digital los identifica. Los factores publicados no se ven afectados. El error de una red se considera igual en todas sus horas y meses, por lo que el intervalo no es más estrecho que el del valor anual.",
    resolutions: ["por hora", "por mes", "por año (conjunto de factores)"],
    by_resolution: ["Valor de la red", "Tokens", "Parte de los tokens", "Energía", "Parte de la energía"],
    series: ["Serie", "Fuente y licencia", "g CO₂e/kWh", "Parte de la energía"],
    span: "de {from} a {to}; valores: {values}, lagunas: {gaps}",
    vintage: "versión {vintage}",
    range: "{low} – {high}, media {mean}",
    digest: "SHA-256",
    by_hour: "Carga e intensidad de la red por hora del día",
    energy_axis: "Barras: energía ({unit}) en cada hora del día (UTC), en el mes",
    grid_axis: "Marcas: g CO₂e/kWh, media ponderada por la energía",
    by_hour_summary: "El mayor consumo de energía fue en la hora desde las {load_hour}; la intensidad media de las redes fue mínima en la hora desde las {grid_hour} ({lowest} g/kWh) y como máximo de {highest} g/kWh.",
    hours: ["Hora (UTC)", "Energía"],
    grams_follow: "energía × intensidad de la red en la hora o el mes (sección 3) + hardware",
    mean: "de media",
};
