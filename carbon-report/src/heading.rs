//! Who reports what, for which month.

use crate::{edition::EsrsEdition, language::Language, lei::Lei, month::Month, wire};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Who reports what, for which month: everything on the page that is not a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// Id of this issue of the report.
    pub report_id: String,
    /// 1 for the first issue for this client, month and language, and one more for each issue that differs.
    pub revision: u32,
    /// Id of the revision that this one supersedes.
    pub supersedes: Option<String>,
    /// Whether the month can still change.
    #[serde(with = "wire::text")]
    pub status: Status,
    /// Language of the page.
    #[serde(with = "wire::text")]
    pub language: Language,
    /// The period, or its first month where it is longer than one.
    #[serde(with = "wire::text")]
    pub month: Month,
    /// The last month of a period of more than one; `None` for a month.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "wire::maybe_text")]
    pub through: Option<Month>,
    /// The client's financial year that the month falls into: it decides which standard's paragraphs are named.
    pub financial_year: i16,
    /// The edition of the ESRS that the client has elected, for the financial year in which that is its choice; see
    /// [`edition`](Self::edition).
    #[serde(default)]
    pub elected: Option<EsrsEdition>,
    /// Page on the web where anybody can have the report checked; `None` where its server has no public address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_at: Option<String>,
    /// Date of issue, UTC.
    #[serde(with = "wire::text")]
    pub issued_on: Date,
    /// The software vendor whose service the client uses.
    pub supplier: Supplier,
    /// The client that the report is for.
    pub client: Client,
}

impl Heading {
    /// The first issue in English of a month that can still change; other fields are set by field update.
    ///
    /// The id is made of client and month, and the financial year is the calendar year.
    ///
    /// ```
    /// use carbon_report::{Client, Date, Heading, Language};
    ///
    /// let client = Client::new("client-xyz", "Client XYZ");
    /// let issued_on = Date::constant(2026, 11, 2);
    /// let heading = Heading {
    ///     language: Language::Fr,
    ///     ..Heading::new(client, "Example Software", "2026-10".parse()?, issued_on)
    /// };
    /// assert_eq!((heading.report_id.as_str(), heading.revision), ("client-xyz-2026-10", 1));
    /// # Ok::<(), carbon_report::NotAMonth>(())
    /// ```
    pub fn new(client: Client, supplier: impl Into<Supplier>, month: Month, issued_on: Date) -> Self {
        Heading {
            report_id: format!("{}-{month}", client.tenant_id),
            revision: 1,
            supersedes: None,
            status: Status::Provisional,
            language: Language::En,
            month,
            through: None,
            financial_year: month.first_day().year(),
            elected: None,
            verify_at: None,
            issued_on,
            supplier: supplier.into(),
            client,
        }
    }

    /// The last month.
    pub fn last_month(&self) -> Month {
        self.through.unwrap_or(self.month)
    }

    /// `2026-10`, or `2026-01..2026-12`: as a part of a name.
    pub(crate) fn months(&self) -> String {
        match self.through {
            Some(through) => format!("{}..{through}", self.month),
            None => self.month.to_string(),
        }
    }

    /// The day behind the period.
    pub(crate) fn end(&self) -> Date {
        self.last_month().next().first_day()
    }

    /// The edition of the ESRS that the client reports under.
    pub fn edition(&self) -> EsrsEdition {
        EsrsEdition::of_year(self.financial_year, self.elected)
    }
}

/// Who gives the statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplier {
    /// Its name.
    pub name: String,
    /// Whether it declares up to 1,000 employees: clients may then ask no more of it than the voluntary standard
    /// does, and the report says so.
    pub up_to_1000_employees: bool,
    /// Colour of the report's headings and bars, such as `#0f6c5c`; ours where there is none.
    pub accent: Option<String>,
    /// SHA-256, in hex, of the PNG that the report shows; `None` where it shows none.
    pub logo_sha256: Option<String>,
    /// Its legal entity identifier, for forms that name companies by number.
    #[serde(with = "wire::maybe_text", default)]
    pub lei: Option<Lei>,
    /// A domain name that is its own, such as `example.com`: forms make names for its products from it.
    #[serde(default)]
    pub domain: Option<String>,
    /// Whom readers of its reports may ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// Whom readers of a report may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// A person or an office.
    pub name: Option<String>,
    /// An e-mail address, or a page on the web that begins with `https://`.
    pub address: String,
}

impl Contact {
    /// Both in one line.
    pub fn in_words(&self) -> String {
        self.name.iter().chain([&self.address]).cloned().collect::<Vec<_>>().join(", ")
    }

    /// Where a click on it leads: to the page, or to a letter to the address.
    pub fn url(&self) -> String {
        let scheme = if self.address.starts_with("https://") { "" } else { "mailto:" };
        format!("{scheme}{}", self.address)
    }
}

impl From<String> for Supplier {
    fn from(name: String) -> Self {
        Supplier { name, ..Supplier::default() }
    }
}

impl From<&str> for Supplier {
    fn from(name: &str) -> Self {
        Supplier::from(name.to_owned())
    }
}

/// The reporting undertaking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The supplier's own id for it.
    pub tenant_id: String,
    /// Its name; the id where no name is known.
    pub name: String,
    /// Its legal entity identifier.
    #[serde(with = "wire::maybe_text", default)]
    pub lei: Option<Lei>,
}

impl Client {
    /// A client without a legal entity identifier.
    pub fn new(tenant_id: impl Into<String>, name: impl Into<String>) -> Self {
        Client { tenant_id: tenant_id.into(), name: name.into(), lei: None }
    }
}

/// Whether a statement may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The month is open: later events will be counted in.
    Provisional,
    /// The month is closed.
    Final,
}

impl Status {
    const ALL: [Status; 2] = [Status::Provisional, Status::Final];

    /// The word used in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Provisional => "provisional",
            Status::Final => "final",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Status {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == word).ok_or("must be provisional or final")
    }
}
