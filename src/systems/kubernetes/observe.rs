//! Observes one cluster by the `observe` login.

use std::{collections::BTreeMap, pin::Pin, sync::Arc};

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::{
    deployments::{Deployment, Deployments},
    follow::{Follow, Item, Keeper},
    nodes::{Node, Nodes, Pod},
    task::name_ok,
    workload::Kind,
};
use crate::{
    model::{Ask, Clock, Duration, Question},
    plan::KubernetesLink,
    systems::source::{Sink, Source},
};

struct Observer {
    name: String,
    link: KubernetesLink,
}

/// Observes the connection `name`.
pub fn source(name: &str, link: &KubernetesLink) -> Box<dyn Source> {
    Box::new(Observer { name: name.to_owned(), link: link.clone() })
}

type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Observer {
    fn follow<'a, T: Item + 'a>(
        &self,
        path: String,
        every: Duration,
        mut keeper: impl Keeper<T> + 'a,
        clock: &Arc<dyn Clock>,
    ) -> Work<'a> {
        // Any number that differs by collection will do.
        let seed = path
            .bytes()
            .chain(self.name.bytes())
            .fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let follow = Follow { connection: self.name.clone(), link: self.link.clone(), path, every, seed };
        let clock = clock.clone();
        Box::pin(async move { follow.run(&mut keeper, &clock).await })
    }
}

#[async_trait]
impl Source for Observer {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(self: Box<Self>, questions: Vec<Question>, sink: Sink, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let mut namespaces: BTreeMap<String, Vec<Question>> = BTreeMap::new();
        let mut nodes = Vec::new();
        for question in questions {
            match &question.ask {
                Ask::KubernetesNodes => nodes.push(question),
                Ask::KubernetesDeployments { namespace } => match name_ok(namespace) {
                    Ok(()) => namespaces.entry(namespace.clone()).or_default().push(question),
                    Err(why) => sink.record(&question, Err(format!("deployments on {}: {why}", self.name)), clock.now()),
                },
                other => {
                    let why =
                        format!("{} is a kubernetes connection, which cannot answer a {} question", self.name, other.kind());
                    sink.record(&question, Err(why), clock.now());
                }
            }
        }
        let often = |questions: &[Question]| questions.iter().map(|q| q.every).min().unwrap_or(Duration::from_secs(5));
        let mut work: Vec<Work> = Vec::new();
        for (namespace, questions) in namespaces {
            let (path, every) = (Kind::Deployment.collection(&namespace), often(&questions));
            let keeper = Deployments::new(&self.name, &namespace, questions, sink.clone());
            work.push(self.follow::<Deployment>(path, every, keeper, &clock));
        }
        if !nodes.is_empty() {
            let every = often(&nodes);
            let keeper = Nodes::new(&self.name, nodes, sink.clone());
            work.push(self.follow::<Pod>("/api/v1/pods".into(), every, keeper.pods(), &clock));
            work.push(self.follow::<Node>("/api/v1/nodes".into(), every, keeper, &clock));
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            _ = join_all(work) => stop.cancelled().await,
        }
    }
}
