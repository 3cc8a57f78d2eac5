import Documents
import Glibc

/// Moving bytes to and from the program.
extension ExternalDriver {
    /// Takes the next request as long as the program may have one more.
    mutating func fillPipe() {
        while true {
            if writing == nil {
                guard case .ready = phase, inFlight.count < concurrency,
                    var flight = queue.popFirst()
                else { return }
                flight.sentAt = Monotonic.now
                flight.heardBefore = heard
                writing = (flight.line, 0, flight)
            }
            guard write() else { return }
        }
    }

    /// Writes what the pipe takes; whether the whole line is written.
    private mutating func write() -> Bool {
        guard let number = process?.input, number >= 0, var line = writing else { return false }
        while line.done < line.bytes.count {
            let written = line.bytes.withUnsafeBytes {
                Glibc.write(
                    number, $0.baseAddress.unsafelyUnwrapped + line.done, $0.count - line.done)
            }
            if written < 0 && errno == EINTR { continue }
            // A closed pipe shows as the program's end; a full one is waited for.
            guard written > 0 else {
                writing = line
                return false
            }
            line.done += written
        }
        writing = nil
        if let flight = line.flight { inFlight[flight.id] = flight }
        return true
    }

    /// Waits for bytes, for room, for a command or for the next deadline.
    mutating func wait() {
        var entries = [pollfd(fd: loop.bell, events: Int16(POLLIN), revents: 0)]
        let number = process?.output ?? -1
        let errors = errorsEnded ? -1 : process?.errors ?? -1
        entries.append(pollfd(fd: number, events: Int16(POLLIN), revents: 0))
        entries.append(pollfd(fd: errors, events: Int16(POLLIN), revents: 0))
        let input = writing == nil ? -1 : process?.input ?? -1
        entries.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0))
        guard poll(&entries, nfds_t(entries.count), patience()) > 0 else { return }
        if entries[2].revents != 0 { errorsEnded = readErrors(errors) }
        if entries[1].revents != 0, readAnswers(), process != nil {
            // Its output has ended: it answers nothing any more.
            stop("its output ended")
        } else if entries[3].revents & Int16(POLLERR) != 0, process != nil {
            _ = readAnswers()
            if process != nil { stop("it closed its input") }
        }
    }

    /// Reads what is there and takes the answers in it; whether the output has ended. A line that
    /// is none of the protocol stops the program.
    mutating func readAnswers() -> Bool {
        guard let number = process?.output else { return false }
        while true {
            let (chunk, isEnd) = Self.read(number)
            guard !chunk.isEmpty else { return isEnd }
            heard += 1
            do throws(ExternalProtocol.Fault) {
                try lines.add(chunk)
                while let line = lines.next() { try take(line) }
                try lines.checkRest()
            } catch {
                stop(error.message)
                return false
            }
            guard process != nil else { return false }
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>) throws(ExternalProtocol.Fault) {
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { return }
        if case .greeting = phase {
            let greeting = try ExternalProtocol.greeting(line)
            guard greeting.version == ExternalProtocol.version else {
                let message =
                    "it speaks version \(greeting.version) of the protocol; this Docket speaks "
                    + "\(ExternalProtocol.version)"
                refusal = message
                throw ExternalProtocol.Fault(message: message)
            }
            isIdempotent = program.isIdempotent || greeting.isIdempotent
            let own = max(1, program.limits.concurrency)
            concurrency = min(own, max(1, greeting.concurrency ?? own))
            phase = .ready
            return
        }
        let reply = try ExternalProtocol.reply(line)
        if expired.remove(reply.id) != nil { return }
        guard let flight = inFlight.removeValue(forKey: reply.id) else {
            throw ExternalProtocol.Fault(message: "it answers a request that it does not have")
        }
        loop.update { $0.answered += 1 }
        flight.asked.continuation.resume(returning: vendorReply(reply, flight))
    }

    private func vendorReply(_ reply: ExternalProtocol.Reply, _ flight: Flight) -> VendorReply {
        switch reply.content {
        case .response(let status, let headers, let body):
            .response(
                status: status, headers: headers, body: body, at: Self.wallClock,
                milliseconds: Monotonic.now - flight.sentAt)
        case .error(let message): .failure(message, at: Self.wallClock)
        // What it says may hold anything, and the reason goes into a record.
        case .unavailable:
            .unavailable("the external program '\(program.name)' says that it is not available")
        }
    }

    private static var wallClock: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: time.tv_sec * 1000 + time.tv_nsec / 1_000_000)
    }

    // MARK: Reading

    private static let chunkBytes = 1 << 16

    private static func read(_ number: Int32) -> (bytes: [UInt8], isEnd: Bool) {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: chunkBytes) { memory, used in
            repeat {
                count = Glibc.read(number, memory.baseAddress, memory.count)
            } while count < 0 && errno == EINTR
            used = max(0, count)
        }
        return (bytes, count == 0 || count < 0 && errno != EAGAIN)
    }

    /// Keeps the end of what stands in its standard error; at most 1 MiB at a time is looked at.
    /// Whether it has ended.
    @discardableResult
    func readErrors(_ number: Int32) -> Bool {
        for _ in 0..<16 {
            let (chunk, isEnd) = Self.read(number)
            if chunk.isEmpty { return isEnd }
            loop.update { report in
                report.standardError += chunk
                let surplus = report.standardError.count - Self.chunkBytes
                if surplus > 0 { report.standardError.removeFirst(surplus) }
            }
        }
        return false
    }

    func discard(_ number: Int32) {
        for _ in 0..<16 where Self.read(number).bytes.isEmpty { return }
    }
}

/// A program's output as lines, bounded.
struct ExternalLines {
    private let limits: ExternalProgram.Limits
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var total = 0

    init(_ limits: ExternalProgram.Limits) { self.limits = limits }

    mutating func add(_ bytes: [UInt8]) throws(ExternalProtocol.Fault) {
        total += bytes.count
        guard total <= limits.outputBytes else {
            throw ExternalProtocol.Fault(
                message: "it wrote more than \(limits.outputBytes) bytes")
        }
        if start > 0 {
            buffer.removeFirst(start)
            scanned -= start
            start = 0
        }
        buffer += bytes
    }

    /// The next whole line.
    mutating func next() -> ArraySlice<UInt8>? {
        guard let end = buffer[scanned...].firstIndex(of: 0x0A), end - start <= limits.lineBytes
        else { return nil }
        defer {
            start = end + 1
            scanned = start
        }
        return buffer[start..<end]
    }

    /// Refuses a line that is too long, whole or not.
    mutating func checkRest() throws(ExternalProtocol.Fault) {
        let end = buffer[scanned...].firstIndex(of: 0x0A) ?? buffer.count
        scanned = max(scanned, min(end, buffer.count))
        guard end - start <= limits.lineBytes else {
            throw ExternalProtocol.Fault(
                message: "a line of its output has more than \(limits.lineBytes) bytes")
        }
    }
}
