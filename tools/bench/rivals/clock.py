"""Virtual time for programs with threads: when all that run have become quiet, the clock jumps to the next end of a wait."""

import datetime
import threading


class Clock:
    """Seconds since the beginning of a run.

    It jumps when no thread has called AWS or begun a wait for `quiet_s` real seconds."""

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._changed = threading.Condition()
        self._now = 0.0
        self._activity = 0
        self._ends: list[float] = []

    def now(self) -> float:
        with self._changed:
            return self._now

    def note_activity(self) -> None:
        """Keeps the clock from jumping for a moment: a thread is at work."""
        with self._changed:
            self._activity += 1

    def reach(self, moment: float) -> None:
        """Jumps, if the moment lies ahead."""
        with self._changed:
            self._now = max(self._now, moment)
            self._activity += 1
            self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        with self._changed:
            end = self._now + seconds
            self._ends.append(end)
            self._activity += 1
            while self._now < end:
                before = self._activity
                woken = self._changed.wait(self._quiet_s)
                if not woken and before == self._activity and end == min(self._ends):
                    self._now = end
                    self._changed.notify_all()
            self._ends.remove(end)
            self._activity += 1


class RunnerClock:
    """The same time for the local runner of durable functions, which arms one timer at a time."""

    BEGIN = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime.datetime:
        return self.BEGIN + datetime.timedelta(seconds=self._clock.now())

    def arm(self, wake: datetime.datetime) -> float:
        self._clock.reach((wake - self.BEGIN).total_seconds())
        return 0.0
