//! The ledger's door. All SQL lives behind it, and every call names the account it is for.
//!
//! One thread writes ([`writer`]): it commits whatever waits, together, with one sync to disk, and only then answers.
//! Reads run beside it on connections of their own ([`reader`]). Nothing here blocks the async runtime.

mod account;
mod archive;
mod archiving;
mod book;
mod books;
mod check;
mod checkpoint;
pub(crate) mod database;
pub(crate) mod error;
mod events;
mod factor_set;
mod key;
mod ledger;
mod limits;
mod month;
mod postgres;
pub(crate) mod prices;
mod proof;
mod pruning;
mod reader;
mod regions;
mod schema;
mod source;
mod sql;
mod sqlite;
mod stated_usage;
mod tenant;
mod time_stamp;
mod usage;
mod usage_groups;

pub use self::archive::{ArchivePlace, NotAPlace};
pub(crate) use self::{
    account::{
        AccountCreated, Credentials, ItsBook, NewAccount, PasswordState, Profile, add_account_to,
        alert::{Budget, NewAlert, Threshold, Watched, Webhook},
        allocation::{Allocation, AllocationSet},
        attempt::{AttemptFailure, Senders},
        billing::{Billed, BilledDashboard, BilledReport, EventRange, MonthIntake},
        branding::Branding,
        hours::{HourSetting, HourSwitched},
        instrument::{InstrumentEntered, ListedInstrument, StoredInstrument},
        key::{KeyAdded, KeyOwner, ListedKey, NewKey},
        listed_run::{ListedRun, RunAsked, RunCounts},
        mail::{ListedMail, MailToSend, ReportMailed},
        measurement::{MeasuredName, MeteredName, NewWindow, WindowAdded, window_sha256},
        metered_calls::CallsInTime,
        outbox::{MessageKind, OutboxMessage},
        own::{NewOwnChange, OwnChange, OwnChanged},
        reset_password_in,
        residual_mix::{NewResidualMix, StoredResidualMix},
        schedule::{ReportSchedule, ScheduleSet, ScheduledMonth, StoredSchedule, due_on},
        schedule_report::{
            ExportedScheduledReport, FailedRunReport, NewRunReport, RunReport, RunReportOutcome, RunTenant,
        },
        schedule_run::{RunChange, RunProblem, RunState, TakenRun},
        session::{ListedSession, NewSession},
        source_setting::SourceSetting,
        supplier_report::{NewSupplierReport, StoredSupplierRow, SupplierRow},
    },
    archive::Archives,
    archiving::{Archivable, archive, months_to_archive},
    book::{
        event::{Appended, Batch, BatchAppended, BatchKey, Event, KeptEvent},
        names::{SentDeployment, Tag},
        reversal::{Cancelled, Reversal, Reversed},
        sighting::{Sighting, Twin},
    },
    books::ReadTo,
    check::{
        Anchors, AttestedSeal, BookChain, BookFactors, ClosedFigures, LedgerCheck, NotSound, NotedSeal, check,
    },
    checkpoint::{Closings, LoggedSeal, LoggedTo},
    error::{GivenId, GivenIds, StoreError},
    events::{EventPage, EventPosition, EventQuery, EventsListed, FoundEvent, LookFurther, SealedEvent},
    factor_set::{
        AddedFactorSet, FactorSetAdded, FactorSetUse, SetSignature, add_factor_set_to, factor_set_use,
        factor_sets_of, sent_deployments,
    },
    key::{AccountKey, Side},
    ledger::{Store, StoreOptions},
    month::{
        ClosedTenant, EventCounts, MonthState, OpenMonth, ToClose,
        period::PeriodOfTenant,
        report::{FinalReport, Issued, ListedReport, NewReport, Saved, Series},
        restatement::{RestatedTenant, StatedMonth, StoredRestatement},
        tenant::{EarlierFigures, EarlierFound, MarketFound, MonthBasis, MonthOfTenant, RestatedFound},
    },
    proof::SealedRow,
    pruning::{Prunable, months_with_events, prune},
    regions::DefaultRegions,
    source::{first_difference, move_ledger},
    sqlite::backup,
    tenant::{
        Tenant, TenantProfile,
        contact::{Contact, Delivery, NewContact, Subscription},
        dashboard_link::{DashboardLink, Opened},
        export::{
            Exported, ExportedAlert, ExportedAllocation, ExportedClosedMonth, ExportedDashboardLink,
            ExportedOpenedDashboard, ExportedPactClient, ExportedPactEvent, ExportedReport,
            ExportedRestatement,
        },
        pact_client::{AnswersTo, NewPactClient, PactClient, Recipient},
        pact_event::{NewPactEvent, PactRequest},
        target::TargetChanged,
    },
    time_stamp::SealToStamp,
    usage::{AllGroups, Apart, UsageAnswered, UsageFound, UsageQuery, UsageRow, usage_of_ledger},
    usage_groups::{GroupPage, GroupsOf, GroupsQuery},
};
