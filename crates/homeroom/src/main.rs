//! The `homeroom` program: it parses arguments, reads the environment and the clock, and wires the crates together.

mod advice;
mod assess;
mod commands;
mod cpu;
mod deep;
mod ear;
mod eyes;
mod files;
mod hear;
mod listen_page;
mod llm;
mod meaning;
mod progress;
mod render;
mod servers;
mod sight;
mod store;
mod tools;
mod typing;
mod voice;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use commands::{
    calibrate, chat, decide, know, list, listen, mark, mcp, measure, model, models, pull, read, reference, remark, say,
    schema, serve_model, trace, train, transcribe,
};

/// Marks a class's essays on this machine: annotated drafts, one-page reviews, a report on the class. The teacher decides.
#[derive(Parser)]
#[command(name = "homeroom", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Mark essays: files, folders and zip archives of .txt .md .docx .pdf .html .odt, and photos
    Mark(mark::Args),
    /// Make marks, pages and exports again from the stored evidence
    Remark(remark::Args),
    /// Fit the scores to a few marks of your own, and see how far they agree
    Calibrate(calibrate::Args),
    /// Change, confirm or release marks: every change is kept with author, time and reason
    Decide(decide::Args),
    /// List or show the rubrics
    Rubrics(list::RubricArgs),
    /// List what is checked
    Checkers(list::CheckerArgs),
    /// Print the JSON schemas of all exports
    Schema(schema::Args),
    /// Language models that Homeroom may ask: on a server, or here
    Model(model::Args),
    /// Talk with a language model in the terminal; it looks things up, checks and marks by itself
    Chat(chat::Args),
    /// Show what a model did in a conversation, step by step, or go through it again
    Trace(trace::Args),
    /// Offer Homeroom's tools to other assistants, over the Model Context Protocol
    Mcp(mcp::Args),
    /// Documents of a school or a field, and questions about them
    Know(know::Args),
    /// Serve the models to other programs, as OpenAI's servers do: chat, completion, vectors, transcripts, speech
    ServeModel(serve_model::Args),
    /// Bring small open models to this machine: they see, speak, listen and find more errors
    Pull(pull::Args),
    /// List the small open models: what they add, which are here, whose they are
    Models(models::Args),
    /// Say a text: sound, and when each word and phone is said
    Say(say::Args),
    /// Write down what is said in recordings: text, captions or JSON with times
    Transcribe(transcribe::Args),
    /// Hear a text read aloud: scores of every phone, word and the whole, and what to do better
    Listen(listen::Args),
    /// Read photos and scans of pages: a transcript beside each, for you to correct and confirm
    Read(read::Args),
    /// Measure how good Homeroom is, on data of yours
    Measure(measure::Args),
    /// Train the small models that are shipped
    Train(train::Args),
    /// Read one PDF file from standard input (used by `mark`, in a process of its own)
    #[command(hide = true)]
    ReadPdf,
    /// Print docs/cli.md: the help of every command
    #[command(hide = true)]
    Reference,
}

fn main() -> ExitCode {
    // The message of a panic may quote what was worked on, a pupil's text: only the place is told.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |place| format!(" at {place}"));
        eprintln!("homeroom: broke down{place}; please report it");
    }));
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Mark(args) => mark::run(&args),
        Command::Remark(args) => remark::run(&args),
        Command::Calibrate(args) => calibrate::run(&args),
        Command::Decide(args) => decide::run(&args),
        Command::Rubrics(args) => list::rubrics(&args),
        Command::Checkers(args) => list::checkers(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Model(args) => model::run(&args),
        Command::Chat(args) => chat::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Mcp(args) => mcp::run(&args),
        Command::Know(args) => know::run(&args),
        Command::Models(args) => models::run(&args),
        Command::ServeModel(args) => serve_model::run(&args),
        Command::Say(args) => say::run(&args),
        Command::Transcribe(args) => transcribe::run(&args),
        Command::Listen(args) => listen::run(&args),
        Command::Read(args) => read::run(&args),
        Command::Measure(args) => measure::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Reference => reference::run(Cli::command()),
        Command::ReadPdf => homeroom_ingest::pdf::child_main(std::io::stdin().lock(), std::io::stdout().lock())
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            // A reader that closed the pipe has seen enough: no error.
            let pipe = error.chain().any(|e| {
                e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
            });
            if pipe {
                return ExitCode::SUCCESS;
            }
            eprintln!("homeroom: {error:#}");
            ExitCode::from(2)
        }
    }
}
