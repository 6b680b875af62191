"""The scenarios. `tools/bench/src/rivals.rs` runs the functions of this project under the same ones."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What happens to the first `count` calls of an operation, or of CloudFront (`*`), until a time."""

    kind: str
    operation: str
    count: float = float("inf")
    until_s: float = float("inf")


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    faults: tuple[Fault, ...] = ()
    copies: int = 1
    complete_after_s: float = 10
    is_unreadable: bool = False
    targets: int = 1
    rate: tuple[int, int] | None = None

    @property
    def distributions(self) -> list[str]:
        return [f"E1EXAMPLE{number:04}" for number in range(self.targets)]


SCENARIOS = (
    Scenario("none", "no fault"),
    Scenario("twice", "each event is delivered twice", copies=2),
    Scenario("reply-lost", "the reply of `CreateInvalidation` is lost", (Fault("lose reply", "CreateInvalidation", count=1),)),
    Scenario("dies-once", "the process dies after `CreateInvalidation`", (Fault("kill after", "CreateInvalidation", count=1),)),
    Scenario("dies-always", "the process dies in each run", (Fault("kill before", "CreateInvalidation"),)),
    Scenario("throttled", "CloudFront throttles for 3 minutes", (Fault("throttle", "*", until_s=180),)),
    Scenario("slow", "CloudFront needs 25 minutes", complete_after_s=25 * 60),
    Scenario("unreadable", "the parameters are unreadable", is_unreadable=True),
    Scenario("many", "40 distributions, one CloudFront call a second", targets=40, rate=(6, 1)),
)
