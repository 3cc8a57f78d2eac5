internal import CLibGit2

extension Repository {
    /// The kind and size in bytes of an object, read from its header without inflating it.
    public func header(of id: ObjectID) throws(GitError) -> (kind: ObjectKind, size: Int) {
        var oid = try gitOID(id, operation: "read header")
        var size = 0
        var type = GIT_OBJECT_INVALID
        let status = git_odb_read_header(&size, &type, objects, &oid)
        if status < 0 { throw missing(id, status, operation: "read header") }
        return (try kind(type, of: id), size)
    }

    /// True when the object is in this clone.
    public func contains(_ id: ObjectID) -> Bool {
        guard var oid = try? gitOID(id, operation: "look up") else { return false }
        return git_odb_exists(objects, &oid) == 1
    }

    /// As ``contains(_:)``, without looking whether other processes added packs meanwhile.
    func containsNow(_ id: ObjectID) -> Bool {
        guard var oid = try? gitOID(id, operation: "look up") else { return false }
        return git_odb_exists_ext(objects, &oid, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) == 1
    }

    /// A limit that stands for none.
    private static let noLimitBytes = 1 << 30

    /// The bytes of a blob. Its size is looked up first: above `limitBytes` it is not inflated and
    /// the error's code is `objectTooLarge`. With a limit of 1 GiB or more it is not looked up.
    public func blob(_ id: BlobID, limitBytes: Int) throws(GitError) -> [UInt8] {
        // Looking for the size costs as much as reading a small blob.
        let size = limitBytes >= Self.noLimitBytes ? 0 : try header(of: id.object).size
        guard size <= limitBytes else {
            throw GitError(
                .objectTooLarge, operation: "read blob",
                message: "blob \(id) has \(size) bytes, more than the limit of \(limitBytes)")
        }
        return try bytes(of: id.object, kind: .blob)
    }

    /// The bytes of an object of a known kind, without its header. What does not hash to its id is
    /// a corrupt object.
    func bytes(of id: ObjectID, kind expected: ObjectKind) throws(GitError) -> [UInt8] {
        let operation = "read \(expected.name)"
        var oid = try gitOID(id, operation: operation)
        var object: OpaquePointer?
        let status = git_odb_read(&object, objects, &oid)
        if status < 0 { throw missing(id, status, operation: operation) }
        defer { git_odb_object_free(object) }
        let actual = try kind(git_odb_object_type(object), of: id)
        guard actual == expected else {
            throw GitError(
                .wrongKind, operation: operation,
                message: "object \(id) is a \(actual.name), not a \(expected.name)")
        }
        let content = UnsafeRawBufferPointer(
            start: git_odb_object_data(object), count: git_odb_object_size(object))
        guard ObjectBytes.id(actual, content, format: id.format) == id else {
            throw GitError(
                .corruptObject, operation: operation,
                message: "what is stored as \(id) has another hash",
                advice: "Check the repository with `git fsck`")
        }
        return Array(content)
    }

    func gitOID(_ id: ObjectID, operation: String) throws(GitError) -> git_oid {
        guard id.format == .sha1 else {
            throw GitError(
                .unsupportedRepository, operation: operation,
                message: "\(id) is a SHA-256 id and the repository uses SHA-1")
        }
        var oid = git_oid()
        id.withBytes { raw in withUnsafeMutableBytes(of: &oid) { $0.copyMemory(from: raw) } }
        return oid
    }

    /// The error for an object that does not read, with the likely cause in this kind of clone.
    func missing(_ id: ObjectID, _ status: Int32, operation: String) -> GitError {
        guard status == GIT_ENOTFOUND.rawValue else {
            return GitError.last(status, operation: operation, code: .corruptObject)
        }
        var message = "object \(id) is not in this clone"
        var advice = "Check the repository with `git fsck`"
        if location.isPartialClone {
            message += ", which is a partial one (made with --filter)"
            advice = "Fetch everything with `git fetch --refetch --no-filter`, or clone without it"
        } else if location.isShallow {
            message += ", which is a shallow one (made with --depth)"
            advice = "Fetch the rest with `git fetch --unshallow`"
        }
        return GitError(.objectMissing, operation: operation, message: message, advice: advice)
    }

    private func kind(_ type: git_object_t, of id: ObjectID) throws(GitError) -> ObjectKind {
        guard type.rawValue > 0, let kind = ObjectKind(rawValue: UInt8(clamping: type.rawValue))
        else {
            throw GitError(
                .corruptObject, operation: "read object", message: "object \(id) has no known kind")
        }
        return kind
    }
}

extension ObjectID {
    /// A copy of libgit2's id.
    init(_ oid: git_oid) {
        self = withUnsafeBytes(of: oid) { raw in
            // A git_oid of libgit2 1.5 is its 20 bytes and nothing else.
            guard let start = raw.baseAddress else { return ObjectID(zero: .sha1) }
            return ObjectID(loading: start, format: .sha1)
        }
    }
}
