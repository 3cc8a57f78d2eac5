// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "docket-benchmarks",
    dependencies: [.package(name: "docket", path: "..")],
    targets: [
        .executableTarget(
            name: "docket-benchmarks",
            dependencies: [
                .product(name: "DocketEngine", package: "docket"),
                .product(name: "DocketAdapters", package: "docket"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
