fn main() -> std::process::ExitCode {
    rnnc::cli::main()
}
