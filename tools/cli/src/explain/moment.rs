//! The parts of a timeline: moments, and the invocations in which they happen.

/// The actor of a moment, or the service that it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// CodePipeline, which owns the job.
    CodePipeline,
    /// The function that CodePipeline invokes.
    Start,
    /// The function that processes unfinished executions.
    Checker,
    /// One of the two, if the source does not name it.
    Function,
    /// CloudFront, which invalidates.
    CloudFront,
    /// SNS, which notifies subscribers.
    Sns,
    /// The schedule, and the event bus.
    EventBridge,
    /// Lambda, which runs the functions. It has no lane, because its moments are about a function.
    Lambda,
}

impl Actor {
    /// The actors with a lane in every diagram, in order.
    pub(super) const ALWAYS: [Self; 5] = [
        Self::CodePipeline,
        Self::Start,
        Self::Checker,
        Self::CloudFront,
        Self::Sns,
    ];

    /// The displayed name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CodePipeline => "CodePipeline",
            Self::Start => "start",
            Self::Checker => "checker",
            Self::Function => "a function",
            Self::CloudFront => "CloudFront",
            Self::Sns => "SNS",
            Self::EventBridge => "EventBridge",
            Self::Lambda => "Lambda",
        }
    }

    /// The function, or the service, of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = Self::ALWAYS.into_iter();
        let mut all = all.chain([Self::EventBridge, Self::Lambda]);
        all.find(|actor| actor.name() == name)
    }

    /// Whether it is one of the two functions.
    #[must_use]
    pub const fn is_function(self) -> bool {
        matches!(self, Self::Start | Self::Checker | Self::Function)
    }
}

/// The tone of a moment. It determines how it is drawn, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Normal.
    Plain,
    /// Success.
    Good,
    /// An error.
    Bad,
    /// A function crashed.
    Crash,
    /// A function continues after a crash.
    Recovery,
}

impl Tone {
    /// The name of the tone.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Crash => "crash",
            Self::Recovery => "recovery",
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The actor.
    pub who: Actor,
    /// The lane in which it begins.
    pub from: Actor,
    /// The lane in which it ends; the same as `from` without a call.
    pub to: Actor,
    /// The text, which continues the name of the actor.
    pub words: String,
    /// Its tone.
    pub tone: Tone,
    /// The index of its invocation.
    pub life: Option<usize>,
}

impl Moment {
    /// A moment within one lane.
    pub(super) fn at(at_ms: u64, who: Actor, words: impl Into<String>) -> Self {
        Self {
            at_ms,
            who,
            from: who,
            to: who,
            words: words.into(),
            tone: Tone::Plain,
            life: None,
        }
    }

    /// A moment with a call to another actor.
    pub(super) fn between(at_ms: u64, who: Actor, to: Actor, words: impl Into<String>) -> Self {
        Self {
            to,
            ..Self::at(at_ms, who, words)
        }
    }

    /// An action or a report of Lambda about a function.
    pub(super) fn by_lambda(at_ms: u64, function: Actor, words: impl Into<String>) -> Self {
        Self {
            from: function,
            to: function,
            ..Self::at(at_ms, Actor::Lambda, words)
        }
    }

    pub(super) fn sounding(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    pub(super) fn in_life(self, life: Option<usize>) -> Self {
        Self { life, ..self }
    }
}

/// One invocation of a function, from its first sign to its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The function.
    pub actor: Actor,
    /// When it began, in milliseconds since 1970.
    pub began_ms: u64,
    /// When it ended, or its last sign.
    pub ended_ms: u64,
    /// Whether it crashed.
    pub died: bool,
    /// When it is known to have been active.
    pub steps: Vec<u64>,
}

impl Life {
    /// The shortest wait, in milliseconds.
    const SHORT_MS: u64 = 1_000;

    /// An invocation of which one moment is known.
    pub(super) fn begun(actor: Actor, at_ms: u64) -> Self {
        Self {
            actor,
            began_ms: at_ms,
            ended_ms: at_ms,
            died: false,
            steps: vec![at_ms],
        }
    }

    /// It was still running then.
    pub(super) fn lives_on(&mut self, at_ms: u64) {
        self.ended_ms = self.ended_ms.max(at_ms);
        self.steps.push(at_ms);
    }

    /// The spans between two signs, or before its crash, in which it waited with its job. The time before its first
    /// sign is Lambda's initialisation, and no wait.
    pub(super) fn waits(&self) -> Vec<(u64, u64)> {
        let mut steps = self.steps.clone();
        steps.extend(self.died.then_some(self.ended_ms));
        steps.sort_unstable();
        let pairs = steps.windows(2).map(|pair| (pair[0], pair[1]));
        pairs
            .filter(|(from, to)| to - from >= Self::SHORT_MS)
            .collect()
    }
}
