//! What a seal covers: the tables, and how far. What is hashed of them is in `link.rs`.

use crate::{
    base::digest::Sha,
    store::{
        book::journal::write_value,
        sql::{self, Connection, NONE, Row, ToValue, ValueRef},
    },
};
use std::sync::LazyLock;

/// A table besides `event` that seals cover. What is not in its line is checked against something that is, or listed in
/// docs/ledger.md as not covered.
pub(super) struct SealedTable {
    pub(super) name: &'static str,
    /// The column that numbers its rows.
    key: &'static str,
    /// What its line holds behind the key.
    columns: &'static str,
    /// The rows of another table that belong to its own.
    pub(super) parts: Option<Parts>,
    /// Which of its rows a book seals.
    pub(super) whose: Whose,
}

/// Which rows of a table a book seals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// All: it is the book's own.
    Book,
    /// Those that the book has numbered: books share the table.
    Numbered,
    /// All, and the first book alone does: books share the table.
    FirstBook,
}

/// Rows that belong to one of another table: a tenant's, each.
pub(super) struct Parts {
    pub(super) table: &'static str,
    /// In a seal of version 1 they stand last in the line of that row, with blanks between.
    columns: &'static str,
    /// In one of version 2 each has a line, which says of that row what a tenant may see.
    line: &'static str,
}

const fn table(name: &'static str, key: &'static str, columns: &'static str) -> SealedTable {
    SealedTable { name, key, columns, parts: None, whose: Whose::Book }
}

const fn shared(name: &'static str, key: &'static str, columns: &'static str, whose: Whose) -> SealedTable {
    SealedTable { whose, ..table(name, key, columns) }
}

/// The tables, in the order of their columns in `seal`.
pub(super) const TABLES: [SealedTable; 22] = [
    shared("account", "account_key", "account_id, organisation, created_at_ms", Whose::Numbered),
    table("tenant", "tenant_key", "account_key, is_test, commitment, created_at_ms"),
    table("deployment", "deployment_key", "account_key, model, provider, region"),
    table("tag", "tag_key", "account_key, tenant_key, commitment"),
    SealedTable {
        name: "closed_month",
        key: "closed_month_key",
        columns: "account_key, month, factor_set, closed_at_ms, last_event_key, events, reversals, merkle_root",
        whose: Whose::Book,
        parts: Some(Parts {
            table: "closed_tenant",
            columns: "tenant_key, account_key, events, merkle_root, figures, reversals, first_at_ms, last_at_ms",
            line: "closed_month_key, account_key, month, factor_set, closed_at_ms, last_event_key, tenant_key, part.events,
                   part.merkle_root, figures, part.reversals, first_at_ms, last_at_ms",
        }),
    },
    SealedTable {
        name: "restatement",
        key: "restatement_key",
        columns: "restatement_id, account_key, month, old_factor_set, factor_set, reason, created_at_ms, last_event_key",
        whose: Whose::Book,
        parts: Some(Parts {
            table: "restated_tenant",
            columns: "tenant_key, account_key, old_figures, figures",
            line: "restatement_key, restatement_id, account_key, month, old_factor_set, factor_set, reason, created_at_ms,
                   last_event_key, tenant_key, events, merkle_root, old_figures, figures",
        }),
    },
    table(
        "report",
        "report_key",
        "report_id, account_key, tenant_key, month, last_month, language, revision, status, basis_sha256, pdf_sha256,
         created_at_ms, restatement_id",
    ),
    table(
        "own_entry",
        "own_entry_key",
        "account_key, revision, kind, name, valid_from, entry, entered_by, entered_at_ms",
    ),
    table("hour_switch", "hour_switch_key", "account_key, is_on, last_event_key, changed_by, changed_at_ms"),
    table("energy_window", "energy_window_key", "account_key, sha256, received_at_ms"),
    table(
        "instrument",
        "instrument_key",
        "account_key, instrument_id, kind, provider, zone, period_from, period_to, wh, g_per_kwh, vintage,
         certificate_ids_sha256, document_sha256, source, licence, entered_by, entered_at_ms",
    ),
    table(
        "instrument_allocation",
        "instrument_allocation_key",
        "account_key, instrument_key, tenant_key, month, wh, entered_at_ms",
    ),
    table(
        "residual_mix",
        "residual_mix_key",
        "account_key, zone, year, g_per_kwh, source, licence, document_sha256, entered_by, entered_at_ms",
    ),
    table(
        "supplier_report",
        "supplier_report_key",
        "account_key, provider, account_ref, service, region, month, kg_location, kg_market, method_version, licence,
         file_sha256, imported_by, imported_at_ms",
    ),
    shared(
        "price_list",
        "price_list_key",
        "noted_at_ms, currency, free_events, per_event, per_report, per_dashboard",
        Whose::FirstBook,
    ),
    shared(
        "factor_set",
        "factor_set_key",
        "version, sha256, archive, signature, certificate, added_at_ms",
        Whose::FirstBook,
    ),
    table("logo", "logo_key", "account_key, sha256"),
    table("dashboard_link", "link_key", "link_id, account_key, tenant_key, created_at_ms, expires_at_ms"),
    table("dashboard_month", "dashboard_month_key", "account_key, month, tenant_key, link_key, opened_at_ms"),
    table("row_digest", "row_digest_key", "account_key, subject, subject_key, sha256"),
    table("time_stamp", "time_stamp_key", "seal_key, token, received_at_ms"),
    table(
        "archive",
        "archive_key",
        "month, events, first_event_key, last_event_key, bytes, sha256, place, name, archived_at_ms",
    ),
];

impl SealedTable {
    /// The lines of the rows past a key, up to another, without their names.
    pub(super) fn lines(&self) -> String {
        let SealedTable { name, key, columns, .. } = self;
        format!("select {key}, {columns} from {name} where {key} > ?1 and {key} <= ?2 order by {key}")
    }

    /// What stands last in the line of a row.
    pub(super) fn parts(&self) -> Option<String> {
        let Parts { table, columns, .. } = self.parts.as_ref()?;
        Some(format!("select {columns} from {table} where {} = ?1 order by tenant_key", self.key))
    }

    /// The lines of the parts of a row, without their names: by the number of the row, and their tenant's.
    pub(super) fn part_lines(&self) -> Option<String> {
        let (Parts { table, line, .. }, SealedTable { name, key, .. }) = (self.parts.as_ref()?, self);
        Some(format!(
            "select tenant_key, {line} from {name} join {table} as part using (account_key, {key}) where {key} = ?1 order by tenant_key"
        ))
    }
}

/// The columns of a seal as [`seal_in`] reads them.
pub(in crate::store) static SEAL_COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let marks: Vec<String> = TABLES.iter().map(|table| format!("last_{}_key", table.name)).collect();
    format!("seal_key, sha256, version, salt, events, last_event_key, {}", marks.join(", "))
});

static LAST_SEAL: LazyLock<String> =
    LazyLock::new(|| format!("select {} from seal order by seal_key desc limit 1", *SEAL_COLUMNS));

static ADD_SEAL: LazyLock<String> = LazyLock::new(|| {
    let values: Vec<String> = (1..=TABLES.len() + 6).map(|place| format!("?{place}")).collect();
    format!("insert into seal ({}) values ({})", *SEAL_COLUMNS, values.join(", "))
});

/// The highest key of each table, of a book whose numbers are behind `?1` up to `?2`.
static HIGHEST: LazyLock<String> = LazyLock::new(|| {
    let highest = |SealedTable { name, key, whose, .. }: &SealedTable| {
        let of_book = match whose {
            Whose::Book => String::new(),
            Whose::Numbered => format!(" where {key} > ?1 and {key} <= ?2"),
            Whose::FirstBook => " where ?1 = 0".to_owned(),
        };
        format!("(select coalesce(max({key}), 0) from {name}{of_book})")
    };
    format!("select {}", TABLES.iter().map(highest).collect::<Vec<_>>().join(", "))
});

/// The highest key of each table that a seal covers: events, then [`TABLES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Marks {
    pub(in crate::store) event: i64,
    pub(in crate::store) others: [i64; TABLES.len()],
}

impl Marks {
    /// The highest keys there are now, with that of events as given.
    pub(in crate::store) fn found(connection: &Connection, event: i64) -> sql::Result<Self> {
        let book = connection.book();
        connection.query_row(&HIGHEST, [book.base(), book.last()], |row| Marks::read(row, 0, event))
    }

    fn read(row: &Row<'_>, column: usize, event: i64) -> sql::Result<Self> {
        let mut others = [0; TABLES.len()];
        for (place, mark) in others.iter_mut().enumerate() {
            *mark = row.get(column + place)?;
        }
        Ok(Marks { event, others })
    }

    /// How far a seal goes is in its digest, too.
    pub(super) fn write(&self, line: &mut Vec<u8>) {
        for mark in [self.event].iter().chain(&self.others) {
            line.push(b'\t');
            write_value(line, ValueRef::Integer(*mark));
        }
        line.push(b'\n');
    }

    /// The last row of a table that it covers.
    pub(in crate::store) fn of(&self, name: &str) -> i64 {
        let place = TABLES.iter().position(|table| table.name == name);
        place.map_or(0, |place| self.others[place])
    }
}

/// How the digest of a seal is made of what it covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) enum SealVersion {
    /// Of one line after the other.
    #[default]
    One,
    /// Of a tree, whose leaves begin with salts that follow from this one: a proof that shows one shows nothing of the others.
    Two {
        /// Random.
        salt: Salt,
    },
}

/// So much that nobody guesses it.
pub(in crate::store) type Salt = [u8; 16];

/// A link of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Seal {
    pub(in crate::store) number: i64,
    pub(in crate::store) sha256: Sha,
    pub(in crate::store) version: SealVersion,
    pub(in crate::store) marks: Marks,
}

/// A row of [`SEAL_COLUMNS`].
pub(in crate::store) fn seal_in(row: &Row<'_>) -> sql::Result<Seal> {
    let version = match (row.get(2)?, row.get(3)?) {
        (1i64, None) => SealVersion::One,
        (2, Some(salt)) => SealVersion::Two { salt },
        _ => return Err(sql::Error::unreadable("a seal is of version 1, or of version 2 with a salt")),
    };
    Ok(Seal { number: row.get(0)?, sha256: row.get(1)?, version, marks: Marks::read(row, 6, row.get(5)?)? })
}

/// The hashes that a row of [`SEAL_COLUMNS`] keeps of its events.
pub(in crate::store) fn kept_events_in(row: &Row<'_>) -> sql::Result<Option<Vec<Sha>>> {
    let kept: Option<Vec<u8>> = row.get(4)?;
    let hashes = kept.map(|kept| match kept.as_chunks() {
        (hashes, []) => Ok(hashes.to_vec()),
        _ => Err(sql::Error::unreadable("a seal keeps whole hashes of its events")),
    });
    hashes.transpose()
}

impl Seal {
    /// The newest; of number 0 where there is none.
    pub(in crate::store) fn last(connection: &Connection) -> sql::Result<Self> {
        use crate::store::sql::OptionalExtension;
        let last = connection.prepare_cached(&LAST_SEAL)?.query_row(NONE, seal_in);
        Ok(last.optional()?.unwrap_or_default())
    }

    /// Adds it, with the hashes of its events where they are kept; at the latest with the commit.
    pub(in crate::store) fn add(&self, connection: &Connection, events: Option<&[Sha]>) -> sql::Result<()> {
        let Seal { number, sha256, version, marks } = self;
        let (version, salt): (i64, _) = match version {
            SealVersion::One => (1, None),
            SealVersion::Two { salt } => (2, Some(*salt)),
        };
        let events = events.map(<[Sha]>::as_flattened);
        let mut values: Vec<&dyn ToValue> = vec![number, sha256, &version, &salt, &events, &marks.event];
        values.extend(marks.others.iter().map(|mark| mark as &dyn ToValue));
        connection.change_one_later(&ADD_SEAL, values.as_slice())
    }
}
