//! A month's invoice: lines with quantities and prices, from the counts of the ledger.

use crate::store::{Billed, BilledDashboard, BilledReport, EventRange, MonthIntake, prices::Prices};
use rust_decimal::Decimal;

/// An invoice. Every amount has all its digits; nothing is rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bill {
    pub(crate) lines: Vec<Line>,
    pub(crate) total: Decimal,
    pub(crate) allowance: FreeEvents,
}

/// The free events, once per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FreeEvents {
    pub(crate) total: u64,
    /// By the end of the month.
    pub(crate) used: u64,
}

/// One invoiced item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) item: Item,
    /// Units charged; negative if credited.
    pub(crate) quantity: i64,
    /// Units that are free.
    pub(crate) free_quantity: i64,
    pub(crate) unit_price: Decimal,
    pub(crate) amount: Decimal,
    /// Numbers of the events behind it.
    pub(crate) events: Option<EventRange>,
}

/// What is invoiced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// Live events that arrived.
    Events,
    /// Reversed events: charged when they arrived, credited now.
    ReversedEvents,
    /// The first report of a client's month; further languages and revisions are free.
    Report(BilledReport),
    /// A client whose dashboard was opened.
    Dashboard(BilledDashboard),
}

impl Item {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Item::Events => "events",
            Item::ReversedEvents => "reversed_events",
            Item::Report(_) => "report",
            Item::Dashboard(_) => "dashboard",
        }
    }
}

impl Bill {
    pub(crate) fn of(billed: Billed) -> Self {
        let Billed { prices, events_before, intake, reports, dashboards } = billed;
        let free = i64::from(prices.free_events);
        let mut lines = Vec::new();
        let mut counted = events_before;
        if let Some(MonthIntake { range, events, reversals }) = intake {
            // Charged events among the first so many.
            let charged = |events: i64| (events - free).max(0);
            for (item, added) in [(Item::Events, events - reversals), (Item::ReversedEvents, -reversals)] {
                if added != 0 {
                    let quantity = charged(counted + added) - charged(counted);
                    let free_quantity = added - quantity;
                    let price = prices.price_per_event;
                    lines.push(Line { free_quantity, ..line(item, quantity, price, Some(range)) });
                    counted += added;
                }
            }
        }
        lines.extend(reports.into_iter().map(|report| {
            let range = report.range;
            line(Item::Report(report), 1, prices.price_per_report, range)
        }));
        lines.extend(dashboards.into_iter().map(|dashboard| {
            let range = dashboard.range;
            line(Item::Dashboard(dashboard), 1, prices.price_per_dashboard, range)
        }));
        let total = lines.iter().map(|line| line.amount).sum();
        let used = counted.clamp(0, free).unsigned_abs();
        Bill { lines, total, allowance: FreeEvents { total: free.unsigned_abs(), used } }
    }
}

fn line(item: Item, quantity: i64, unit_price: Decimal, events: Option<EventRange>) -> Line {
    let amount = Decimal::from(quantity) * unit_price;
    Line { item, quantity, free_quantity: 0, unit_price, amount, events }
}

/// Percentage of the free events that are used, rounded down; `None` if none are free.
pub(crate) fn percent_used(counted: i64, prices: &Prices) -> Option<i64> {
    (prices.free_events > 0).then(|| counted.max(0).saturating_mul(100) / i64::from(prices.free_events))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices() -> Prices {
        Prices {
            currency: "EUR".to_owned(),
            free_events: 100,
            price_per_event: "0.001".parse().unwrap(),
            price_per_report: "0.50".parse().unwrap(),
            price_per_dashboard: "9.00".parse().unwrap(),
        }
    }

    fn bill(before: i64, events: i64, reversals: i64) -> Bill {
        let range = EventRange { first: 1, last: events + reversals };
        let intake = MonthIntake { range, events: events + reversals, reversals };
        Bill::of(Billed {
            prices: prices(),
            events_before: before,
            intake: Some(intake),
            reports: Vec::new(),
            dashboards: Vec::new(),
        })
    }

    #[test]
    fn the_first_events_are_free_and_reversed_ones_are_credited() {
        // Before, events, reversals; then charged, credited, free events used.
        for (before, events, reversals, charged, credited, used) in [
            (0, 60, 0, 0, 0, 60),
            (60, 60, 0, 20, 0, 100),
            (120, 50, 0, 50, 0, 100),
            (120, 50, 10, 50, -10, 100),
            // Credits go to charged events first: 10 of these were paid for, 5 were free.
            (100, 10, 15, 10, -10, 95),
            (0, 10, 10, 0, 0, 0),
        ] {
            let bill = bill(before, events, reversals);
            let quantity = |item: &Item| {
                bill.lines.iter().filter(|line| line.item == *item).map(|line| line.quantity).sum::<i64>()
            };
            let found = (quantity(&Item::Events), quantity(&Item::ReversedEvents), bill.allowance.used);
            assert_eq!(found, (charged, credited, used), "{before} {events} {reversals}");
            assert_eq!(bill.total, Decimal::new(charged + credited, 3));
        }
    }

    #[test]
    fn months_add_up_to_what_all_of_it_would_cost_at_once() {
        let months = [(70, 5), (90, 30), (0, 20), (40, 0)];
        let (mut before, mut total) = (0, Decimal::ZERO);
        for (events, reversals) in months {
            total += bill(before, events, reversals).total;
            before += events - reversals;
        }
        let all = |of: fn((i64, i64)) -> i64| months.into_iter().map(of).sum::<i64>();
        assert_eq!(total, Decimal::new((all(|m| m.0) - all(|m| m.1) - 100).max(0), 3));
    }

    #[test]
    fn percent_of_the_free_events() {
        for (counted, percent) in [(-3, 0), (0, 0), (79, 79), (80, 80), (100, 100), (250, 250)] {
            assert_eq!(percent_used(counted, &prices()), Some(percent));
        }
        assert_eq!(percent_used(1, &Prices { free_events: 0, ..prices() }), None);
    }
}
