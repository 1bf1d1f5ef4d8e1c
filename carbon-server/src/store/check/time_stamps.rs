//! Time stamps, each compared with the seal that it is over; with their authority, where whoever checks has named it.

use crate::{
    base::digest::Sha,
    store::{
        check::{NotSound, fault},
        sql::{Connection, NONE},
    },
};
use carbon_report::time_stamp::{TimeStamp, TimeStampAuthorities};
use serde::Serialize;

/// What an authority attests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AttestedSeal {
    /// Number of the seal.
    pub(crate) seal: i64,
    /// When it was there, by the authority's word.
    pub(crate) at: String,
    /// Whom its certificate names.
    pub(crate) authority: String,
    /// Whether that leads to an authority that whoever checks has named.
    pub(crate) authority_checked: bool,
}

const STAMPS: &str = "
    select time_stamp_key, time_stamp.seal_key, token, seal.sha256
      from time_stamp left join seal using (seal_key)
     order by time_stamp_key";

pub(super) fn time_stamps_fit(
    book: &Connection,
    authorities: Option<&TimeStampAuthorities>,
) -> Result<Vec<AttestedSeal>, NotSound> {
    let mut attested = Vec::new();
    let mut statement = book.prepare_scan(STAMPS)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let (key, seal): (i64, i64) = (row.get(0)?, row.get(1)?);
        let value = row.get_ref(2)?;
        let sha256: Option<Sha> = row.get(3)?;
        let sha256 =
            sha256.ok_or_else(|| fault(format_args!("time stamp {key}: there is no seal {seal}")))?;
        let stamp = TimeStamp::read(value.as_blob()?, &sha256).and_then(|stamp| {
            authorities.map_or(Ok(()), |authorities| stamp.check_authority(authorities))?;
            Ok(stamp)
        });
        let TimeStamp { at, authority, .. } =
            stamp.map_err(|error| fault(format_args!("time stamp {key}, over seal {seal}: {error}")))?;
        let authority_checked = authorities.is_some();
        attested.push(AttestedSeal { seal, at: at.to_string(), authority, authority_checked });
    }
    Ok(attested)
}
