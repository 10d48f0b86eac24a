//! A fixed number of threads that work through a bounded queue, each with a workspace that it keeps while there is work
//! and gives back when there is none for a while.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

pub(super) type Job<W> = Box<dyn FnOnce(&mut W) + Send>;

#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// The queue is full, or nobody works on it.
#[derive(Debug)]
pub(super) struct Full;

pub(super) struct Pool<W> {
    shared: Arc<Shared<W>>,
}

struct Shared<W> {
    queue: Mutex<Queue<W>>,
    changed: Condvar,
    waiting: usize,
}

struct Queue<W> {
    jobs: VecDeque<Job<W>>,
    closed: bool,
    holding: usize,
}

enum Next<W> {
    Job(Job<W>),
    Idle,
    Closed,
}

impl<W: Default + 'static> Pool<W> {
    pub(super) fn start(threads: usize, waiting: usize, idle: Duration) -> Self {
        let queue = Queue {
            jobs: VecDeque::new(),
            closed: false,
            holding: 0,
        };
        let shared = Arc::new(Shared {
            queue: Mutex::new(queue),
            changed: Condvar::new(),
            waiting,
        });
        let start = |number: usize| {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || shared.work(idle))
        };
        // A system that gives no further thread leaves the ones there are; with none, every job is refused.
        let started = (0..threads).filter(|number| start(*number).is_ok()).count();
        if started == 0 {
            shared.close();
        }
        Self { shared }
    }

    /// How many threads hold a workspace.
    pub(super) fn holding(&self) -> usize {
        self.shared.lock().holding
    }

    pub(super) fn submit(&self, job: Job<W>) -> Result<(), Full> {
        let mut queue = self.shared.lock();
        if queue.closed || queue.jobs.len() >= self.shared.waiting {
            return Err(Full);
        }
        queue.jobs.push_back(job);
        self.shared.changed.notify_one();
        Ok(())
    }
}

impl<W> Drop for Pool<W> {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl<W> Shared<W> {
    /// A job never runs under the lock, so a panic cannot leave the queue half changed.
    fn lock(&self) -> MutexGuard<'_, Queue<W>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        queue.jobs.clear();
        self.changed.notify_all();
    }
}

impl<W: Default> Shared<W> {
    fn work(&self, idle: Duration) {
        step_back();
        let mut workspace: Option<W> = None;
        loop {
            match self.next(workspace.is_some().then_some(idle)) {
                Next::Job(job) => {
                    if workspace.is_none() {
                        self.lock().holding += 1;
                    }
                    job(workspace.get_or_insert_default());
                }
                Next::Idle => {
                    workspace = None;
                    self.lock().holding -= 1;
                }
                Next::Closed => return,
            }
        }
    }

    /// Waits for a job, and with `patience` no longer than that.
    fn next(&self, patience: Option<Duration>) -> Next<W> {
        let nothing = |queue: &mut Queue<W>| queue.jobs.is_empty() && !queue.closed;
        let queue = self.lock();
        let mut queue = match patience {
            None => self
                .changed
                .wait_while(queue, nothing)
                .unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                self.changed
                    .wait_timeout_while(queue, patience, nothing)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        match queue.jobs.pop_front() {
            Some(job) => Next::Job(job),
            None if queue.closed => Next::Closed,
            None => Next::Idle,
        }
    }
}

/// Whoever waits for an answer goes before whoever signs in: this thread takes a quarter of a core that others want, and all
/// of one that nobody does. Where the system refuses, threads are as good as each other.
fn step_back() {
    #[cfg(target_os = "linux")]
    let _refused = rustix::process::setpriority_process(None, NICENESS);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_thread_keeps_its_workspace_between_jobs() {
        let pool: Pool<u32> = Pool::start(1, 8, LONG);
        let (send, receive) = mpsc::channel();
        for _ in 0..3 {
            let send = send.clone();
            pool.submit(Box::new(move |count| {
                *count += 1;
                send.send(*count).unwrap();
            }))
            .unwrap();
        }
        assert_eq!([receive.recv(), receive.recv(), receive.recv()], [Ok(1), Ok(2), Ok(3)]);
    }

    #[test]
    fn an_idle_thread_gives_its_workspace_back_and_works_on() {
        let pool: Pool<u32> = Pool::start(1, 8, Duration::from_millis(1));
        for _ in 0..2 {
            let (send, receive) = mpsc::channel();
            pool.submit(Box::new(move |count| {
                *count += 1;
                send.send(*count).unwrap();
            }))
            .unwrap();
            assert_eq!(receive.recv(), Ok(1));
            while pool.holding() > 0 {
                thread::yield_now();
            }
        }
    }

    #[test]
    fn a_full_queue_refuses_and_takes_again_when_there_is_room() {
        let pool: Pool<()> = Pool::start(1, 1, LONG);
        let (started, starts) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        pool.submit(Box::new(move |()| {
            started.send(()).unwrap();
            released.recv().unwrap();
        }))
        .unwrap();
        starts.recv().unwrap();

        let (done, finished) = mpsc::channel();
        pool.submit(Box::new(move |()| done.send(()).unwrap())).unwrap();
        assert!(pool.submit(Box::new(|()| ())).is_err());

        release.send(()).unwrap();
        finished.recv().unwrap();
        assert!(pool.submit(Box::new(|()| ())).is_ok());
    }

    #[test]
    fn without_threads_everything_is_refused() {
        let pool: Pool<()> = Pool::start(0, 8, LONG);
        assert!(pool.submit(Box::new(|()| ())).is_err());
    }

    #[test]
    fn the_threads_end_with_the_pool() {
        let pool: Pool<()> = Pool::start(2, 8, LONG);
        let shared = Arc::downgrade(&pool.shared);
        drop(pool);
        // Each thread holds the queue; when the last has ended it is gone.
        while shared.strong_count() > 0 {
            thread::yield_now();
        }
    }
}
