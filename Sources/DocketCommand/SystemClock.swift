import Documents
import Glibc

/// The machine's clock: read once a command, never by the engine.
enum SystemClock {
    /// Now, to the millisecond.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: time.tv_sec * 1000 + time.tv_nsec / 1_000_000)
    }
}
