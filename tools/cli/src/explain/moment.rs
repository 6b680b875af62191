//! What a story is made of: moments, and the lives of the functions in which they fall.

/// Who acts, or is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// Whose job it is.
    CodePipeline,
    /// The function that CodePipeline invokes.
    Start,
    /// The function that looks after what is unfinished.
    Checker,
    /// One of the two, where the source does not say which.
    Function,
    /// Who invalidates.
    CloudFront,
    /// Who tells people.
    Sns,
    /// The schedule, and the bus of events.
    EventBridge,
    /// Who runs the functions. It has no lane: what it says is about a function.
    Lambda,
}

impl Actor {
    /// Those that every picture shows, in the order of the lanes.
    pub(super) const ALWAYS: [Self; 5] = [
        Self::CodePipeline,
        Self::Start,
        Self::Checker,
        Self::CloudFront,
        Self::Sns,
    ];

    /// What people call it.
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

/// How a moment sounds. It decides how it is drawn, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As every day.
    Plain,
    /// What was hoped for.
    Good,
    /// Trouble.
    Bad,
    /// A function died.
    Crash,
    /// Somebody goes on with what a dead function left.
    Recovery,
}

impl Tone {
    /// One word for it.
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

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Who did it.
    pub who: Actor,
    /// Whose lane it touches first.
    pub from: Actor,
    /// Whom it reaches; the same as `from` where it stays there.
    pub to: Actor,
    /// What happened, so that it reads on behind the name of who did it.
    pub words: String,
    /// How it sounds.
    pub tone: Tone,
    /// In which of the story's lives.
    pub life: Option<usize>,
}

impl Moment {
    /// Something that stays with who does it.
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

    /// Something that reaches somebody else.
    pub(super) fn between(at_ms: u64, who: Actor, to: Actor, words: impl Into<String>) -> Self {
        Self {
            to,
            ..Self::at(at_ms, who, words)
        }
    }

    /// What Lambda says or does about a function.
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

/// One run of a function, from its first sign to its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// Which function.
    pub actor: Actor,
    /// When it began, in milliseconds since 1970.
    pub began_ms: u64,
    /// When it ended, or was last heard of.
    pub ended_ms: u64,
    /// Whether it died, and did not end by itself.
    pub died: bool,
    /// When it is known to have done something.
    pub steps: Vec<u64>,
}

impl Life {
    /// What is no wait yet, in milliseconds.
    const SHORT_MS: u64 = 1_000;

    /// A life of which one moment is known.
    pub(super) fn begun(actor: Actor, at_ms: u64) -> Self {
        Self {
            actor,
            began_ms: at_ms,
            ended_ms: at_ms,
            died: false,
            steps: vec![at_ms],
        }
    }

    /// It was still alive then.
    pub(super) fn lives_on(&mut self, at_ms: u64) {
        self.ended_ms = self.ended_ms.max(at_ms);
        self.steps.push(at_ms);
    }

    /// The spans between two signs of it, or before its death, in which nothing was heard of it while it held its job. What
    /// passes before its first sign is Lambda's start of it, and no wait.
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
