internal import Documents

/// Lists and bit sets over the states of a chart, reused from step to step.
struct Scratch: ~Copyable {
    private var memory = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 8)
    private(set) var capacity = 0
    private(set) var words = 0

    /// The configuration in XState's order.
    private(set) var currentStart: UnsafeMutablePointer<UInt16>
    private(set) var currentCount = 0
    /// The configuration as its state value orders it: parents before children.
    private(set) var valueStart: UnsafeMutablePointer<UInt16>
    private(set) var valueCount = 0
    /// The configuration after this microstep, in XState's order.
    private(set) var nextStart: UnsafeMutablePointer<UInt16>
    private(set) var nextCount = 0
    /// Active children of each active state, as lists in the order of the state value.
    private(set) var firstChild: UnsafeMutablePointer<UInt16>
    private(set) var lastChild: UnsafeMutablePointer<UInt16>
    private(set) var sibling: UnsafeMutablePointer<UInt16>
    /// Sets: the states of `value`, of `next` (of the current configuration between microsteps),
    /// and entered, and those with children among the targets.
    var previous: StateSet
    var next: StateSet
    var exits: StateSet
    var entries: StateSet
    private var withChildren: StateSet

    init() {
        let none = memory.assumingMemoryBound(to: UInt16.self)
        (currentStart, valueStart, nextStart) = (none, none, none)
        (firstChild, lastChild, sibling) = (none, none, none)
        let empty = StateSet(words: memory.assumingMemoryBound(to: UInt64.self), count: 0)
        (previous, next, exits, entries, withChildren) = (empty, empty, empty, empty, empty)
    }

    deinit { memory.deallocate() }

    var current: UnsafeBufferPointer<UInt16> {
        UnsafeBufferPointer(start: currentStart, count: currentCount)
    }

    var value: UnsafeBufferPointer<UInt16> {
        UnsafeBufferPointer(start: valueStart, count: valueCount)
    }

    /// Room for a chart's states; sets are as wide as this chart needs.
    private mutating func reserve(_ count: Int) {
        if count > capacity {
            memory.deallocate()
            capacity = max(count, 64)
            let setBytes = (capacity + 63) / 64 * 8
            let listBytes = (capacity * 2 + 7) & ~7
            memory = .allocate(byteCount: setBytes * 5 + listBytes * 6, alignment: 8)
            let lists = memory + setBytes * 5
            func list(_ index: Int) -> UnsafeMutablePointer<UInt16> {
                (lists + index * listBytes).assumingMemoryBound(to: UInt16.self)
            }
            (currentStart, valueStart, nextStart) = (list(0), list(1), list(2))
            (firstChild, lastChild, sibling) = (list(3), list(4), list(5))
        }
        words = (count + 63) / 64
        let stride = (capacity + 63) / 64
        let sets = memory.assumingMemoryBound(to: UInt64.self)
        previous = StateSet(words: sets, count: words)
        next = StateSet(words: sets + stride, count: words)
        exits = StateSet(words: sets + stride * 2, count: words)
        entries = StateSet(words: sets + stride * 3, count: words)
        withChildren = StateSet(words: sets + stride * 4, count: words)
    }

    mutating func load(_ chart: Chart, _ active: ContiguousArray<UInt16>) {
        reserve(chart.stateCount)
        currentCount = 0
        for state in active {
            currentStart[currentCount] = state
            currentCount += 1
        }
        exits.clear()
        next.clear()
        for state in current { next.insert(state) }
        order(chart)
    }

    /// False when regions sent a compound state to several children: XState's state value then
    /// lacks some of its configuration.
    var isConsistent: Bool { currentCount == valueCount }

    /// The current configuration as `next`, for an event that nothing handles.
    mutating func stay() {
        exits.clear()
        next.clear()
        for state in current { next.insert(state) }
    }

    /// Makes `value`, the children lists and `previous` those of the current configuration.
    mutating func order(_ chart: Chart) {
        previous.clear()
        valueCount = 0
        var i = 0
        while i < currentCount {
            firstChild[Int(currentStart[i])] = noState
            i &+= 1
        }
        i = 0
        while i < currentCount {
            let state = currentStart[i]
            i &+= 1
            sibling[Int(state)] = noState
            let parent = Int(chart.row(state).pointee.parent)
            if parent == Int(noState) { continue }
            if firstChild[parent] == noState {
                firstChild[parent] = state
            } else {
                sibling[Int(lastChild[parent])] = state
            }
            lastChild[parent] = state
        }
        if currentCount > 0 { visit(chart, 0) }
    }

    /// Appends a state and its active descendants to `value`. Of a compound state that regions sent
    /// to several children, XState keeps only the first when that is a leaf.
    private mutating func visit(_ chart: Chart, _ state: UInt16) {
        valueStart[valueCount] = state
        valueCount &+= 1
        previous.insert(state)
        var child = firstChild[Int(state)]
        if child != noState, sibling[Int(child)] != noState,
            chart.row(state).pointee.kind == .compound, chart.row(child).pointee.kind.isLeaf
        {
            sibling[Int(child)] = noState
        }
        while child != noState {
            visit(chart, child)
            child = sibling[Int(child)]
        }
    }

    // MARK: The next configuration

    mutating func beginNext() {
        next.clear()
        exits.clear()
        nextCount = 0
    }

    @inline(__always)
    mutating func add(_ state: UInt16) {
        if next.contains(state) { return }
        next.insert(state)
        nextStart[nextCount] = state
        nextCount &+= 1
    }

    mutating func add(_ stretch: Stretch, of chart: Chart) {
        for at in stretch.range { add(chart.tables.indexes[at]) }
    }

    /// Completes the targets in `next` to a whole configuration, as XState's `getConfiguration`:
    /// ancestors, then children that stay or are initial, then the ancestors of those.
    mutating func complete(_ chart: Chart) {
        addAncestors(chart)
        withChildren.clear()
        var i = 0
        while i < nextCount {
            let parent = chart.row(nextStart[i]).pointee.parent
            if parent != noState { withChildren.insert(parent) }
            i &+= 1
        }
        i = 0
        while i < nextCount {
            let state = nextStart[i]
            i &+= 1
            let row = chart.row(state)
            switch row.pointee.kind {
            case .compound: if !withChildren.contains(state) { addChildren(chart, state) }
            case .parallel:
                for at in row.pointee.children.range {
                    let child = chart.tables.indexes[at]
                    if next.contains(child) || chart.row(child).pointee.kind == .history {
                        continue
                    }
                    add(child)
                    addChildren(chart, child)
                }
            case .atomic, .final, .history: break
            }
        }
        addAncestors(chart)
    }

    private mutating func addAncestors(_ chart: Chart) {
        var i = 0
        while i < nextCount {
            var parent = chart.row(nextStart[i]).pointee.parent
            while parent != noState, !next.contains(parent) {
                add(parent)
                parent = chart.row(parent).pointee.parent
            }
            i &+= 1
        }
    }

    /// The children a state had, or its initial states when it was not active.
    private mutating func addChildren(_ chart: Chart, _ state: UInt16) {
        guard previous.contains(state) else {
            add(chart.row(state).pointee.initial, of: chart)
            return
        }
        var child = firstChild[Int(state)]
        while child != noState {
            add(child)
            child = sibling[Int(child)]
        }
    }

    /// A configuration as `next`, in document order: the initial one, or one of given states.
    mutating func selectInitial(_ chart: Chart, or states: [UInt16]? = nil) {
        beginNext()
        if let states {
            for state in states { add(state) }
        } else {
            add(chart.row(0).pointee.initial, of: chart)
        }
        complete(chart)
        let whole = next
        nextCount = 0
        whole.forEach { state in
            nextStart[nextCount] = state
            nextCount &+= 1
        }
    }

    /// Makes the next configuration the current one.
    mutating func advance(_ chart: Chart) {
        swap(&currentStart, &nextStart)
        currentCount = nextCount
        order(chart)
    }

    // MARK: Questions

    func isDone(_ chart: Chart) -> Bool {
        let active = next
        return chart.isInFinalState(0) { active.contains($0) }
    }

    /// Whether a state of the state value (the root always is one) has `always` transitions.
    func hasTransient(_ chart: Chart) -> Bool {
        value.contains { chart.row($0).pointee.isTransient }
    }

    /// Whether a state of the configuration has.
    func hasAnyTransient(_ chart: Chart) -> Bool {
        current.contains { chart.row($0).pointee.isTransient }
    }
}

/// A set of states, in memory of a ``Scratch``.
struct StateSet: BitwiseCopyable {
    let words: UnsafeMutablePointer<UInt64>
    let count: Int

    @inline(__always)
    func contains(_ state: UInt16) -> Bool {
        words[Int(state >> 6)] & (1 << UInt64(state & 63)) != 0
    }

    @inline(__always)
    func insert(_ state: UInt16) { words[Int(state >> 6)] |= 1 << UInt64(state & 63) }

    @inline(__always)
    func clear() {
        if count == 1 {
            words[0] = 0
            return
        }
        var i = 0
        while i < count {
            words[i] = 0
            i &+= 1
        }
    }

    /// Calls a function with each state, in reverse document order.
    @inline(__always)
    func forEachReversed(_ body: (UInt16) -> Void) {
        for i in stride(from: count - 1, through: 0, by: -1) {
            var word = words[i]
            while word != 0 {
                let bit = 63 - word.leadingZeroBitCount
                body(UInt16(i * 64 + bit))
                word &= ~(1 << UInt64(bit))
            }
        }
    }
}

extension StateSet: Sequence {
    /// The states in document order.
    struct Iterator: IteratorProtocol {
        let set: StateSet
        var index = 0
        var word: UInt64

        @inline(__always)
        mutating func next() -> UInt16? {
            while word == 0 {
                index &+= 1
                if index >= set.count { return nil }
                word = set.words[index]
            }
            let bit = word.trailingZeroBitCount
            word &= word &- 1
            return UInt16(truncatingIfNeeded: index &* 64 &+ bit)
        }
    }

    @inline(__always)
    func makeIterator() -> Iterator {
        Iterator(set: self, word: count > 0 ? words[0] : 0)
    }
}
