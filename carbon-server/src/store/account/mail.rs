//! Mail: which reports were sent to whom, or will be, and how each fared.

use crate::store::{
    account::outbox::{MessageKind, NewMessage, add_message},
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    sql::{self, Connection, OptionalExtension, Row, params},
    tenant::contact::{Delivery, delivery_of},
};
use carbon_report::Language;
use uuid::Uuid;

/// A mail that is to be sent now: to whom, about what.
#[derive(Clone, Debug)]
pub(crate) struct MailToSend {
    pub(crate) contact_key: i64,
    pub(crate) address: String,
    /// Of the contact, else of the tenant.
    pub(crate) language: Option<String>,
    pub(crate) delivery: Delivery,
    pub(crate) report_id: String,
    pub(crate) report_key: i64,
    pub(crate) tenant_id: String,
}

/// How a mail fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailState {
    /// To be sent, or sent again.
    Waiting,
    /// A mail server has taken it.
    Sent,
    /// A mail server has refused it for good.
    Bounced,
    /// It was tried for as long as anything is.
    Failed,
    /// Its contact has unsubscribed or was removed before it was sent.
    Withdrawn,
}

impl MailState {
    /// The word of the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            MailState::Waiting => "waiting",
            MailState::Sent => "sent",
            MailState::Bounced => "bounced",
            MailState::Failed => "failed",
            MailState::Withdrawn => "withdrawn",
        }
    }
}

/// A mail in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedMail {
    pub(crate) mail_id: String,
    pub(crate) kind: String,
    /// `None` where the contact was removed, or its tenant erased.
    pub(crate) address: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) report_id: String,
    pub(crate) state: MailState,
    pub(crate) created_at_ms: i64,
    pub(crate) attempts: u64,
    pub(crate) next_attempt_at_ms: Option<i64>,
    pub(crate) sent_at_ms: Option<i64>,
    pub(crate) last_error: Option<String>,
}

/// A mail in the export of its tenant.
#[derive(Debug)]
pub(crate) struct ExportedMail(pub(crate) ListedMail);

/// Whom a report is sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReportMailed {
    /// Mails that were added.
    pub(crate) added: usize,
    /// Contacts who were sent it before, or will be.
    pub(crate) already: usize,
    /// Contacts who want none.
    pub(crate) unsubscribed: usize,
}

const SUBSCRIBERS: &str = "
    select contact_key, contact.language, tenant.language, unsubscribed_at_ms is not null
      from contact join tenant using (account_key, tenant_key)
     where account_key = ?1 and tenant_key = ?2 and address is not null
     order by contact_key";

const IS_MAILED: &str = "
    select 1 from mail join outbox_message using (account_key, outbox_message_key)
     where account_key = ?1 and contact_key = ?2 and report_id = ?3 and (payload is not null or delivered_at_ms is not null)";

const ADD: &str = "
    insert into mail (mail_key, account_key, kind, contact_key, report_id, outbox_message_key)
    select coalesce(max(mail_key), ?5) + 1, ?1, 'report', ?2, ?3, ?4 from mail";

const TENANT_OF_REPORT: &str =
    "select tenant_key from report where account_key = ?1 and report_id = ?2 and pdf is not null";

const TO_SEND: &str = "
    select contact_key, address, coalesce(contact.language, tenant.language), delivery, mail.report_id, report_key, tenant_id
      from mail
      join contact using (account_key, contact_key)
      join tenant using (account_key, tenant_key)
      join report on report.account_key = mail.account_key and report.report_id = mail.report_id
     where mail.account_key = ?1 and outbox_message_key = ?2 and address is not null and unsubscribed_at_ms is null
       and pdf is not null and tenant_id is not null";

macro_rules! select_mails {
    ($rest:literal) => {
        concat!(
            "select message_id, mail.kind, address, tenant_id, report_id, payload is not null, delivered_at_ms, reply_code,
                    message.created_at_ms, attempts, next_attempt_at_ms, last_error
               from mail
               join outbox_message as message using (account_key, outbox_message_key)
               join contact using (account_key, contact_key)
               join tenant on tenant.account_key = contact.account_key and tenant.tenant_key = contact.tenant_key
              where mail.account_key = ?1 and ",
            $rest
        )
    };
}

const MAILS: &str = select_mails!("mail_key > 0 order by mail_key desc limit ?2");

/// For the export of a tenant.
pub(in crate::store) const OF_TENANT: &str = select_mails!("contact.tenant_key = ?2 order by mail_key");

const MAILED_REPORT: &str = "
    select report.account_key, report_id from contact join report using (account_key, tenant_key)
     where contact_key = ?1 and report_key = ?2 and address is not null and pdf is not null";

impl Store {
    /// Has a report sent to the contacts of its tenant: to each who wants it, once. `None` where the account has no such report.
    pub(crate) async fn mail_report(
        &self,
        account: AccountKey,
        report_id: String,
        now_ms: i64,
    ) -> Result<Option<ReportMailed>, StoreError> {
        let write = move |connection: &Connection| {
            let values = params![account.0, report_id];
            let tenant = connection.prepare_cached(TENANT_OF_REPORT)?.query_row(values, |row| row.get(0));
            let Some(tenant) = tenant.optional()?.map(TenantKey) else { return Ok(None) };
            let report = ReportToMail { account, tenant, report_id: &report_id, now_ms };
            report.add(connection, |_, _| true).map(Some)
        };
        self.books.of(account).write(write).await
    }

    /// What a message of the kind `mail` says, and to whom; `None` where nobody wants it any more.
    pub(crate) async fn mail_to_send(
        &self,
        account: AccountKey,
        message_key: i64,
    ) -> Result<Option<MailToSend>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(TO_SEND)?;
            statement.query_row([account.0, message_key], to_send).optional()
        };
        self.books.of(account).read(read).await
    }

    /// The mails of an account, the newest first.
    pub(crate) async fn mails(
        &self,
        account: AccountKey,
        limit: usize,
    ) -> Result<Vec<ListedMail>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(MAILS)?;
            statement.query_map(params![account.0, limit], listed)?.collect()
        };
        self.books.of(account).read(read).await
    }

    /// The report that a link in a mail opens, for as long as it was sent to a contact that there is.
    pub(crate) async fn mailed_report(
        &self,
        contact_key: i64,
        report_key: i64,
    ) -> Result<Option<(AccountKey, String)>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(MAILED_REPORT)?;
            let found = statement
                .query_row([contact_key, report_key], |row| Ok((AccountKey(row.get(0)?), row.get(1)?)));
            found.optional()
        };
        self.books.of_key(contact_key).read(read).await
    }
}

/// A report of a tenant that its contacts are to be sent.
#[derive(Clone, Copy)]
pub(in crate::store) struct ReportToMail<'a> {
    pub(in crate::store) account: AccountKey,
    pub(in crate::store) tenant: TenantKey,
    pub(in crate::store) report_id: &'a str,
    pub(in crate::store) now_ms: i64,
}

impl ReportToMail<'_> {
    /// Adds a mail for each contact who wants mail, was not sent the report before, and is one of `those`, by its own language and
    /// that of its tenant.
    pub(in crate::store) fn add(
        self,
        connection: &Connection,
        those: impl Fn(Option<&str>, Option<&str>) -> bool,
    ) -> sql::Result<ReportMailed> {
        let ReportToMail { account, tenant, report_id, .. } = self;
        let contacts: Vec<(i64, Option<String>, Option<String>, bool)> = {
            let mut statement = connection.prepare_cached(SUBSCRIBERS)?;
            let contacts = statement.query_map([account.0, tenant.0], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
            contacts.collect::<sql::Result<_>>()?
        };
        let mut mailed = ReportMailed::default();
        for (contact, own, of_tenant, is_unsubscribed) in contacts {
            if !those(own.as_deref(), of_tenant.as_deref()) {
                continue;
            }
            if is_unsubscribed {
                mailed.unsubscribed += 1;
            } else if connection.prepare_cached(IS_MAILED)?.exists(params![account.0, contact, report_id])? {
                mailed.already += 1;
            } else {
                self.add_for(connection, contact)?;
                mailed.added += 1;
            }
        }
        Ok(mailed)
    }

    /// The same for contacts whose mail is about a report in this language, where there are reports in these: each is sent one,
    /// in its own language where there is one.
    pub(in crate::store) fn add_in(
        self,
        connection: &Connection,
        language: Language,
        made_in: &[String],
    ) -> sql::Result<ReportMailed> {
        self.add(connection, |own, of_tenant| {
            language_for(own, of_tenant, made_in) == Some(language.as_str())
        })
    }

    fn add_for(self, connection: &Connection, contact: i64) -> sql::Result<()> {
        let ReportToMail { account, tenant, report_id, now_ms } = self;
        let message = NewMessage {
            account,
            kind: MessageKind::Mail,
            message_id: &Uuid::now_v7().to_string(),
            receiver_key: Some(contact),
            tenant: Some(tenant),
            payload: "{}",
            now_ms,
        };
        let message_key = add_message(connection, &message)?;
        let values = params![account.0, contact, report_id, message_key, connection.book().base()];
        connection.change_one(ADD, values)
    }
}

/// The language of the report that somebody is sent, of those that it was made in.
fn language_for<'a>(own: Option<&str>, of_tenant: Option<&str>, made_in: &'a [String]) -> Option<&'a str> {
    let english = Language::default().as_str();
    let wanted = [own, of_tenant, Some(english)].into_iter().flatten();
    let mut found = wanted.filter_map(|code| made_in.iter().find(|made| *made == code));
    found.next().or(made_in.first()).map(String::as_str)
}

fn to_send(row: &Row<'_>) -> sql::Result<MailToSend> {
    let delivery: String = row.get(3)?;
    Ok(MailToSend {
        contact_key: row.get(0)?,
        address: row.get(1)?,
        language: row.get(2)?,
        delivery: delivery_of(&delivery)?,
        report_id: row.get(4)?,
        report_key: row.get(5)?,
        tenant_id: row.get(6)?,
    })
}

fn listed(row: &Row<'_>) -> sql::Result<ListedMail> {
    let (is_waiting, sent_at_ms): (bool, Option<i64>) = (row.get(5)?, row.get(6)?);
    let (reply_code, last_error): (Option<u32>, Option<String>) = (row.get(7)?, row.get(11)?);
    let state = match (sent_at_ms, &last_error) {
        (Some(_), _) => MailState::Sent,
        (None, _) if is_waiting => MailState::Waiting,
        (None, None) => MailState::Withdrawn,
        (None, Some(_)) if reply_code.is_some() => MailState::Bounced,
        (None, Some(_)) => MailState::Failed,
    };
    Ok(ListedMail {
        mail_id: row.get(0)?,
        kind: row.get(1)?,
        address: row.get(2)?,
        tenant_id: row.get(3)?,
        report_id: row.get(4)?,
        state,
        created_at_ms: row.get(8)?,
        attempts: row.get(9)?,
        next_attempt_at_ms: row.get(10)?,
        sent_at_ms,
        last_error,
    })
}

/// A row of [`OF_TENANT`].
pub(in crate::store) fn exported(row: &Row<'_>) -> sql::Result<ExportedMail> {
    listed(row).map(ExportedMail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_sent_one_report_in_its_own_language_where_there_is_one() {
        let made = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        for (own, of_tenant, made_in, expect) in [
            (Some("fr"), Some("de"), made(&["de", "en", "fr"]), Some("fr")),
            (Some("fr"), Some("de"), made(&["de", "en"]), Some("de")),
            (None, Some("de"), made(&["de", "en"]), Some("de")),
            (Some("fr"), None, made(&["de", "en"]), Some("en")),
            (Some("fr"), None, made(&["de"]), Some("de")),
            (None, None, made(&[]), None),
        ] {
            assert_eq!(language_for(own, of_tenant, &made_in), expect, "{own:?} {of_tenant:?} {made_in:?}");
        }
    }
}
