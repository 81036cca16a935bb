//! Questions that arrive while others are being answered are answered together: the first leaves at once, and whatever
//! comes meanwhile is the next batch. So a page of rows costs a few readings of the ledger and not one a row.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use tokio::sync::oneshot;

/// Where questions of one kind meet.
pub(super) struct Together<Q, A>(Arc<Mutex<Queue<Q, A>>>);

struct Queue<Q, A> {
    waiting: Vec<(Q, oneshot::Sender<A>)>,
    is_answering: bool,
}

impl<Q, A> Default for Together<Q, A> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Queue { waiting: Vec::new(), is_answering: false })))
    }
}

impl<Q: Send + 'static, A: Send + 'static> Together<Q, A> {
    /// Asks. `answers` is given what waits together and gives an answer to each, in their order; it goes on for those
    /// who stay when one of them goes away. None when it gave this question no answer.
    pub(super) async fn ask<F, Answers>(&self, question: Q, answers: F) -> Option<A>
    where
        F: Fn(Vec<Q>) -> Answers + Send + 'static,
        Answers: Future<Output = Vec<A>> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let is_answering = {
            let mut queue = locked(&self.0);
            queue.waiting.push((question, tell));
            std::mem::replace(&mut queue.is_answering, true)
        };
        if !is_answering {
            tokio::spawn(answer_all(self.0.clone(), answers));
        }
        told.await.ok()
    }
}

async fn answer_all<Q, A, F, Answers>(queue: Arc<Mutex<Queue<Q, A>>>, answers: F)
where
    F: Fn(Vec<Q>) -> Answers,
    Answers: Future<Output = Vec<A>>,
{
    loop {
        let waiting = {
            let mut queue = locked(&queue);
            if queue.waiting.is_empty() {
                queue.is_answering = false;
                return;
            }
            std::mem::take(&mut queue.waiting)
        };
        let (questions, askers): (Vec<Q>, Vec<_>) = waiting.into_iter().unzip();
        // Whoever gets no answer is told so by the channel, which ends here.
        let Ok(answers) = AssertUnwindSafe(answers(questions)).catch_unwind().await else { continue };
        for (asker, answer) in askers.into_iter().zip(answers) {
            // Some may have gone away meanwhile.
            let _is_there = asker.send(answer);
        }
    }
}

fn locked<Q, A>(queue: &Mutex<Queue<Q, A>>) -> MutexGuard<'_, Queue<Q, A>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_comes_while_others_are_answered_is_answered_together_with_the_rest() {
        let together: Together<u32, (u32, usize)> = Together::default();
        let answers = |questions: Vec<u32>| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let together = questions.len();
            questions.into_iter().map(|question| (question * 2, together)).collect()
        };
        let asked = (0..20).map(|question| {
            let together = &together;
            async move {
                // The first is under way when the others come.
                tokio::time::sleep(Duration::from_millis(u64::from(question.min(1)) * 10)).await;
                together.ask(question, answers).await
            }
        });
        let answered = futures::future::join_all(asked).await;
        for (question, answer) in (0_u32..).zip(answered) {
            assert_eq!(answer, Some((question * 2, if question == 0 { 1 } else { 19 })));
        }
    }

    #[tokio::test]
    async fn a_failure_costs_those_who_waited_for_it_their_answer_and_nobody_else() {
        let together: Together<bool, u32> = Together::default();
        let answers = |questions: Vec<bool>| async move {
            assert!(questions.iter().all(|is_fine| *is_fine), "this one panics");
            questions.iter().map(|_| 7).collect()
        };
        assert_eq!(together.ask(false, answers).await, None);
        assert_eq!(together.ask(true, answers).await, Some(7));
    }
}
