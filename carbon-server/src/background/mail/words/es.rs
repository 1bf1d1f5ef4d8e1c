//! Spanish.

use crate::background::mail::words::MailWords;

pub(super) const ES: MailWords = MailWords {
    title: "Informe de emisiones de LLM, {period}: {client}",
    intro: "{supplier} ha emitido el informe de emisiones de {client} correspondiente a {period}.",
    emissions: "Emisiones de las llamadas a LLM",
    colon: ": ",
    range: "muy probablemente entre {low} y {high}",
    not_quantified: "no cuantificadas",
    period: "Periodo",
    status: "Estado",
    revision: "revisión",
    supplier: "Proveedor",
    attached: "El informe se adjunta en formato PDF.",
    open_report: "Abrir el informe (PDF)",
    open_dashboard: "Abrir el panel",
    verify: "Verificar el informe",
    why: "Recibe este mensaje porque {supplier} ha indicado su dirección como contacto para los informes de {client}.",
    unsubscribe: "Cancelar la suscripción",
    unsubscribe_text: "Ya no recibirá por correo electrónico los informes de {client} emitidos por {supplier}.",
    unsubscribed: "Suscripción cancelada",
    unsubscribed_text: "Ya no se envían informes de {client} a su dirección. {supplier} ve que ha cancelado la suscripción.",
    skip: "Ir al contenido",
};
