import Documents
import Glibc

/// Drives one external program: what its thread does. All of it is owned by that thread.
struct ExternalDriver: ~Copyable {
    /// A request on its way.
    struct Flight {
        let asked: ExternalLoop.Asked
        let id: Int
        let line: [UInt8]
        /// Monotonic.
        var sentAt = 0
        /// How often something had been heard of the program by then.
        var heardBefore = 0
        var isSecondTry = false
    }

    enum Phase {
        /// There is no process.
        case asleep
        /// It was started and has not said which version it speaks.
        case greeting(deadline: Int)
        case ready
        /// It will not be started again, for this reason.
        case broken(String)
    }

    let loop: ExternalLoop
    var program: ExternalProgram { loop.program }
    var phase = Phase.asleep
    var process: ChildProcess?
    var lines: ExternalLines
    var errorsEnded = false
    var starts = 0
    /// Why it is of no use to start it again.
    var refusal: String?
    var nextID = 1
    var isIdempotent: Bool
    var concurrency: Int
    /// How often something was read from its output.
    var heard = 0
    /// Requests that are not sent, in order.
    var queue = FlightQueue()
    /// The line being written, with how much of it is.
    var writing: (bytes: [UInt8], done: Int, flight: Flight?)?
    /// Requests that were sent, by id.
    var inFlight: [Int: Flight] = [:]
    /// Ids of requests that were given up: their answers come too late.
    var expired: Set<Int> = []
    /// Those who wait for the end.
    var closing: [CheckedContinuation<Void, Never>?] = []

    init(_ loop: ExternalLoop) {
        self.loop = loop
        isIdempotent = loop.program.isIdempotent
        concurrency = max(1, loop.program.limits.concurrency)
        lines = ExternalLines(loop.program.limits)
    }

    mutating func run() {
        // A pipe whose reader is gone gives EPIPE to this thread instead of ending Docket.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        while closing.isEmpty {
            for command in loop.take() { obey(command) }
            if !closing.isEmpty { break }
            startIfNeeded()
            fillPipe()
            wait()
            checkDeadlines()
        }
        finish()
    }

    private mutating func obey(_ command: ExternalLoop.Command) {
        switch command {
        case .ask(let asked):
            if case .broken(let reason) = phase {
                return asked.continuation.resume(returning: .unavailable(reason))
            }
            let line = ExternalProtocol.request(
                nextID, asked.request, timeout: program.limits.timeoutMilliseconds)
            queue.append(Flight(asked: asked, id: nextID, line: line))
            nextID += 1
        case .cancel(let ticket): cancel(ticket)
        case .close(let continuation): closing.append(continuation)
        }
    }

    private mutating func cancel(_ ticket: Int) {
        if let flight = queue.remove(ticket: ticket) {
            flight.asked.continuation.resume(
                returning: .unavailable("the request was called off"))
        } else if let flight = inFlight.values.first(where: { $0.asked.ticket == ticket }) {
            inFlight[flight.id] = nil
            expired.insert(flight.id)
            flight.asked.continuation.resume(returning: fate("was called off"))
        }
        // One that is being written ends by its answer or its time.
    }

    // MARK: Start and end

    private mutating func startIfNeeded() {
        guard case .asleep = phase, !queue.isEmpty else { return }
        if let refusal { return breakOff(refusal) }
        guard starts <= program.limits.restarts else {
            let times = starts == 1 ? "once" : "\(starts) times"
            return breakOff("it was started \(times) and ended each time")
        }
        starts += 1
        loop.update { $0.starts += 1 }
        do throws(ChildProcess.StartFailure) {
            process = try ChildProcess(starting: program)
        } catch {
            note("it could not be started: \(error.message)")
            return breakOff("it could not be started (\(error.message))")
        }
        lines = ExternalLines(program.limits)
        errorsEnded = false
        phase = .greeting(deadline: Monotonic.now + program.limits.startMilliseconds)
        writing = (ExternalProtocol.hello(program), 0, nil)
    }

    /// Ends the process and decides on what it had: what was never sent whole is sent to the next.
    mutating func stop(_ reason: String) {
        guard var ended = process.take() else { return }
        readErrors(ended.errors)
        let exit = ended.end(grace: program.limits.graceMilliseconds)
        readErrors(ended.errors)
        note("\(reason); it \(exit.words)")
        phase = .asleep
        if let flight = writing?.flight { queue.prepend(flight) }
        writing = nil
        let lost = inFlight.values.sorted { $0.id > $1.id }
        inFlight = [:]
        expired = []
        for var flight in lost {
            if isIdempotent && !flight.isSecondTry {
                flight.isSecondTry = true
                queue.prepend(flight)
            } else {
                flight.asked.continuation.resume(returning: fate("ended before it answered"))
            }
        }
    }

    /// Gives up on the program for good.
    private mutating func breakOff(_ reason: String) {
        let whole = "the external program '\(program.name)' does not work: \(reason)"
        phase = .broken(whole)
        for flight in queue.removeAll() {
            flight.asked.continuation.resume(returning: .unavailable(whole))
        }
    }

    /// The answer to a request that was sent and has none.
    private func fate(_ what: String) -> VendorReply {
        let reason = "the external program '\(program.name)' \(what)"
        return isIdempotent ? .unavailable(reason) : .unknown(reason)
    }

    private mutating func finish() {
        if var ended = process.take() {
            // A program ends by itself when its input does; what it still writes is let go.
            ended.closeInput()
            let end = Monotonic.now + program.limits.graceMilliseconds
            while !ended.hasEnded && Monotonic.now < end {
                readErrors(ended.errors)
                discard(ended.output)
                usleep(2_000)
            }
            _ = ended.end(grace: program.limits.graceMilliseconds)
            readErrors(ended.errors)
        }
        if let flight = writing?.flight { queue.append(flight) }
        writing = nil
        breakOff("it was ended")
        for flight in inFlight.values.sorted(by: { $0.id < $1.id }) {
            flight.asked.continuation.resume(returning: fate("was ended before it answered"))
        }
        inFlight = [:]
        loop.finish()
        for continuation in closing { continuation?.resume() }
    }

    private func note(_ trouble: String) {
        loop.update { report in
            report.troubles.append(trouble)
            if report.troubles.count > 20 { report.troubles.removeFirst() }
        }
    }

    // MARK: Time

    private mutating func checkDeadlines() {
        let now = Monotonic.now
        if case .greeting(let deadline) = phase, now >= deadline {
            return stop("it did not answer the greeting in \(program.limits.startMilliseconds) ms")
        }
        if let flight = writing?.flight, now >= flight.sentAt + program.limits.timeoutMilliseconds {
            return stop("it does not read its input")
        }
        var isStuck = false
        let timeout = program.limits.timeoutMilliseconds
        let late = inFlight.values.filter { now >= $0.sentAt + timeout }
        for flight in late.sorted(by: { $0.id < $1.id }) {
            inFlight[flight.id] = nil
            expired.insert(flight.id)
            isStuck = isStuck || heard == flight.heardBefore
            flight.asked.continuation.resume(
                returning: fate(
                    "did not answer within \(program.limits.timeoutMilliseconds) ms"))
        }
        if isStuck { return stop("it said nothing for the whole time of a request") }
        if process?.hasEnded ?? false {
            _ = readAnswers()
            if process != nil { stop("it ended by itself") }
        }
    }

    /// Milliseconds until something is due at the latest; -1 when nothing is.
    func patience() -> Int32 {
        var due: [Int] = inFlight.values.map { $0.sentAt + program.limits.timeoutMilliseconds }
        if case .greeting(let deadline) = phase { due.append(deadline) }
        if let flight = writing?.flight {
            due.append(flight.sentAt + program.limits.timeoutMilliseconds)
        }
        guard let first = due.min() else { return -1 }
        // A program that ended while something it started holds its output is noticed too.
        return Int32(min(250, max(0, first - Monotonic.now)))
    }
}
