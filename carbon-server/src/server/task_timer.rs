//! Patience with a client that costs nothing while it lasts.
//!
//! Each request has several time limits, and almost none of them runs out. A timer of the runtime is put into its wheel and taken
//! out again for each; here the one of a task stays there, and is moved only once it has run out.

use hyper::rt::{Sleep, Timer};
use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

/// The time limits of one task. Whatever waits for one of them is polled whenever the task is.
#[derive(Clone, Default)]
pub(super) struct TaskTimer(Arc<Mutex<Option<Ticking>>>);

/// The timer that wakes the task: no later than any limit that is waited for.
struct Ticking {
    sleep: Pin<Box<tokio::time::Sleep>>,
    task: Waker,
}

/// It took too long.
#[derive(Debug)]
pub(super) struct Elapsed;

impl TaskTimer {
    /// What `work` comes to, if it does within that time.
    pub(super) async fn within<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Elapsed> {
        let mut work = pin!(work);
        let mut deadline = None;
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Ok(done)),
            Poll::Pending => {
                let deadline = *deadline.get_or_insert_with(|| Instant::now() + patience);
                self.poll_until(context, deadline).map(|()| Err(Elapsed))
            }
        })
        .await
    }

    fn poll_until(&self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let mut ticking = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ticking { sleep, task }) = &*ticking
            && sleep.deadline().into_std() <= deadline
            && !sleep.is_elapsed()
            && task.will_wake(context.waker())
        {
            return Poll::Pending;
        }
        if Instant::now() >= deadline {
            return Poll::Ready(());
        }
        let deadline = deadline.into();
        let Ticking { sleep, task } = ticking.get_or_insert_with(|| Ticking {
            sleep: Box::pin(tokio::time::sleep_until(deadline)),
            task: context.waker().clone(),
        });
        sleep.as_mut().reset(deadline);
        task.clone_from(context.waker());
        sleep.as_mut().poll(context)
    }
}

impl Timer for TaskTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(TaskSleep { timer: self.clone(), deadline })
    }
}

/// A time limit as hyper waits for it.
struct TaskSleep {
    timer: TaskTimer,
    deadline: Instant,
}

impl Future for TaskSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.timer.poll_until(context, self.deadline)
    }
}

impl Sleep for TaskSleep {}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join3;
    use std::future::pending;

    #[tokio::test]
    async fn every_limit_of_a_task_holds_whatever_their_order() {
        const SHORT: Duration = Duration::from_millis(20);
        let timer = TaskTimer::default();
        let ends = async |times: u32| {
            let begin = Instant::now();
            assert!(timer.within(SHORT * times, pending::<()>()).await.is_err());
            assert!(begin.elapsed() >= SHORT * times, "{times}");
        };
        join3(ends(3), ends(1), ends(2)).await;
        // One that has not run out serves the next, and the one after it.
        assert!(timer.within(SHORT * 1_000, async { 7 }).await.is_ok_and(|done| done == 7));
        ends(2).await;
        ends(1).await;
    }
}
