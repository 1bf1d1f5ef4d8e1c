//! Who stamps the seals over closed months.

use crate::{
    config::{NoAuthorities, TimeStamps as Settings, authorities_of},
    http::webhook::Sender,
};
use carbon_report::time_stamp::TimeStampAuthorities;

/// The operator's time-stamp authority.
#[derive(Clone)]
pub(crate) struct TimeStampAuthority {
    pub(crate) url: String,
    /// Whose time stamps are kept.
    pub(crate) authorities: TimeStampAuthorities,
    /// To wherever the operator says: an account has no word in it.
    pub(crate) sender: Sender,
}

impl TimeStampAuthority {
    /// As the settings say; `None` where none is named.
    pub(crate) fn of(settings: &Settings) -> Result<Option<Self>, NoAuthorities> {
        let Settings { time_stamp_url, time_stamp_ca } = settings;
        let Some((url, file)) = time_stamp_url.as_ref().zip(time_stamp_ca.as_ref()) else { return Ok(None) };
        let authorities = authorities_of(file)?;
        Ok(Some(TimeStampAuthority { url: url.clone(), authorities, sender: Sender::new(true) }))
    }
}
