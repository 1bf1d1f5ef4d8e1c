//! What seldom happens on a connection, without a look at it for each request.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// A future that is polled once, and then only when it was woken itself: not whenever its task is.
pub(super) struct Seldom<F> {
    future: Pin<Box<F>>,
    bell: Option<Arc<Bell>>,
}

/// Who wakes the future rings it.
struct Bell {
    rang: AtomicBool,
    task: Waker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

impl<F> Seldom<F> {
    pub(super) fn new(future: F) -> Self {
        Seldom { future: Box::pin(future), bell: None }
    }
}

impl<F: Future> Future for Seldom<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Seldom { future, bell } = &mut *self;
        let bell = match bell {
            Some(bell) if bell.task.will_wake(context.waker()) => {
                // A look costs less than to take it.
                if !bell.rang.load(Ordering::Relaxed) || !bell.rang.swap(false, Ordering::AcqRel) {
                    return Poll::Pending;
                }
                bell
            }
            // The first time, or on another task.
            _ => bell.insert(Arc::new(Bell { rang: AtomicBool::new(false), task: context.waker().clone() })),
        };
        let waker = Waker::from(bell.clone());
        future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::poll_fn, pin::pin, sync::atomic::AtomicU32};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn it_is_polled_when_it_was_woken_and_not_otherwise() {
        let (polls, notify) = (AtomicU32::new(0), Notify::new());
        let mut told = pin!(notify.notified());
        let counted = poll_fn(|context| {
            polls.fetch_add(1, Ordering::Relaxed);
            told.as_mut().poll(context)
        });
        let mut seldom = Seldom::new(counted);
        for _ in 0..5 {
            assert!(poll_fn(|context| Poll::Ready(Pin::new(&mut seldom).poll(context).is_pending())).await);
        }
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        notify.notify_one();
        seldom.await;
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }
}
