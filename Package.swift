// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A module of our own. Dependencies point down the layers of ARCHITECTURE.md only.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func library(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let http = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nio = ["NIOCore", "NIOPosix", "NIOHTTP1"].map {
    Target.Dependency.product(name: $0, package: "swift-nio")
}
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "docket",
    products: [
        .executable(name: "docket", targets: ["docket"]),
        .library(
            name: "DocketEngine",
            targets: [
                "Documents", "Expressions", "Statecharts", "RiskRules", "DecisionTables", "Definitions",
                "Casework",
            ]),
        .library(name: "DocketAdapters", targets: ["GitStorage", "Vendors", "Batch", "Audit"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
    ],
    targets: [
        // 0 C
        library("CLibGit2", pkgConfig: "libgit2", apt: "libgit2-dev"),
        library("CLibYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        library("CPCRE2", pkgConfig: "libpcre2-8", apt: "libpcre2-dev"),
        library("CLibDeflate", pkgConfig: "libdeflate", apt: "libdeflate-dev"),
        .systemLibrary(name: "CSpawn"),
        // 1 ground
        module("Documents", ["CLibYAML", crypto]),
        // 2 expressions
        module("Expressions", ["Documents", "CPCRE2"]),
        // 3 engines
        module("Statecharts", ["Documents", "Expressions"]),
        module("RiskRules", ["Documents", "Expressions", "DecisionTables"]),
        module("DecisionTables", ["Documents", "Expressions"]),
        // 4 domain
        module(
            "Definitions",
            ["Documents", "Expressions", "Statecharts", "RiskRules", "DecisionTables"]),
        module(
            "Casework",
            [
                "Documents", "Expressions", "Statecharts", "RiskRules", "DecisionTables",
                "Definitions",
            ]),
        // 5 adapters
        module("GitStorage", ["CLibGit2", "CLibDeflate", crypto]),
        module(
            "Vendors",
            ["Documents", "Definitions", "Casework", "CSpawn", crypto, http, nioSSL] + nio),
        // 6 uses
        module("Batch", ["Documents", "Definitions", "Casework", "GitStorage", "Vendors"]),
        module(
            "Audit",
            ["Documents", "Statecharts", "Definitions", "Casework", "GitStorage", "Batch"]),
        // 7 face
        module(
            "DocketCommand",
            [
                "Documents", "Expressions", "Statecharts", "RiskRules", "DecisionTables",
                "Definitions", "Casework", "GitStorage", "Vendors", "Batch", "Audit", arguments,
            ]),
        .executableTarget(name: "docket", dependencies: ["DocketCommand", arguments], swiftSettings: settings),
        // servers on loopback that tests share
        .target(
            name: "TestServers", dependencies: [nioSSL] + nio, path: "Tests/TestServers",
            swiftSettings: settings),
        // tests mirror the modules
        tests("DocumentsTests", ["Documents"]),
        tests("ExpressionsTests", ["Documents", "Expressions"]),
        tests("StatechartsTests", ["Documents", "Expressions", "Statecharts"]),
        tests("RiskRulesTests", ["Documents", "RiskRules"]),
        tests("DecisionTablesTests", ["Documents", "Expressions", "DecisionTables"]),
        tests("DefinitionsTests", ["Documents", "DecisionTables", "Definitions"]),
        tests("CaseworkTests", ["Documents", "Definitions", "Casework", "Statecharts"]),
        tests("GitStorageTests", ["GitStorage"]),
        tests(
            "VendorsTests",
            ["Documents", "Definitions", "Casework", "Vendors", "TestServers", nioSSL] + nio),
        tests(
            "BatchTests",
            [
                "Documents", "Definitions", "Casework", "GitStorage", "Vendors", "Batch",
                "TestServers", nioSSL,
            ]),
        tests("Conformance", ["DocketCommand", "Documents", "Expressions", "Statecharts"]),
        tests("AuditTests", ["Documents", "Casework", "GitStorage", "Batch", "Audit"]),
        tests("ArchitectureTests", []),
    ],
    swiftLanguageModes: [.v6]
)
