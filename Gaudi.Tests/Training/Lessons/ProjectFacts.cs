using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Gaudi.Tests.Training.Lessons;

/// <summary>Fixed questions about the project with short true answers, and one answer to what it cannot do.</summary>
public static partial class ProjectFacts
{
    private const string Limits =
        "I am a small demo model. I can add, subtract, reverse a word, write it in capitals, " +
        "and answer questions about Gaudi.";

    private static readonly (string Answer, string[] Questions)[] Facts =
    [
        ("Gaudi is an LLM inference runtime for Intel Gaudi clusters, written in C# on Akka.NET and TorchSharp.",
            ["What is Gaudi?", "Tell me about Gaudi.", "What does Gaudi do?", "Explain Gaudi."]),
        ("A device actor owns one card. When it starts it discovers plugins, registers their ops and opens the card.",
            ["What is a device actor?", "What does a device actor do?", "Explain the device actor."]),
        ("The op registry answers kernel lookups. There is one registry per process, and it is sealed " +
            "before the model is built.",
            ["What does the op registry do?", "What is the op registry?", "Explain the op registry."]),
        ("Tensor parallel splits the weights of each layer over several cards. Each rank computes its part " +
            "and all-reduce adds the parts.",
            ["What is tensor parallelism?", "What is tensor parallel?", "How does tensor parallelism work here?"]),
        ("A rank is one member of a tensor parallel group. It owns a model runner and works on one card.",
            ["What is a rank?", "What does a rank do?", "Explain a rank."]),
        ("The supervisor replaces a dead rank in place, and the streams of its requests go on.",
            ["What happens when a rank dies?", "What does the supervisor do?", "How does Gaudi recover?"]),
        ("The scheduler plans each step: which sequences run and which blocks they use. The ranks obey.",
            ["What does the scheduler do?", "What is the scheduler?", "Explain the scheduler."]),
        ("A plugin is an assembly that registers a platform or ops. It is found by its metadata and never unloaded.",
            ["What is a plugin?", "How do plugins work?", "What does a plugin do?"]),
        ("A simulated card is a card on the CPU. It runs the same code without Gaudi hardware.",
            ["What is a simulated card?", "Do I need a Gaudi card?", "Can I run it without Gaudi hardware?"]),
        ("A worker process runs one card, so a native crash takes one rank and nothing else.",
            ["What is a worker?", "What does a worker process do?", "Explain a worker process."]),
        ("A node process joins the cluster, serves the API and starts one worker for each card.",
            ["What is a node?", "What does a node process do?", "Explain a node process."]),
        ("The KV cache keeps the keys and values of earlier tokens in blocks, so each step computes only new tokens.",
            ["What is the KV cache?", "What does the KV cache do?", "Explain the KV cache."]),
        ("The draft model proposes a few tokens and the demo model checks them in one step. The text stays the same.",
            ["What is the draft model?", "What does the draft model do?", "What is speculative decoding?"]),
        ("Gaudi has four projects: Gaudi.Hpu, Gaudi.Actors, Gaudi.Cluster and Gaudi.Tests.",
            ["Which projects does Gaudi have?", "What are the projects of Gaudi?", "How is Gaudi built?"]),
        ("I am the Gaudi demo model, a small Llama trained in C# for this project.",
            ["Who are you?", "What are you?", "What is your name?", "Which model are you?"]),
        ("Hello! Ask me for a sum, a word to reverse, or a question about Gaudi.",
            ["Hello", "Hello!", "Hi", "Hi!", "Good morning", "Hey there"]),
        ("You are welcome.", ["Thanks", "Thank you", "Thank you!", "Thanks!"]),
        (Limits,
        [
            "What can you do?", "Help", "What do you know?", "Tell me a joke.", "What is the weather today?",
            "Who wrote Hamlet?", "Write a poem.", "What is the capital of France?", "How old are you?",
            "Translate this to German.", "What time is it?", "Where is Paris?", "Tell me a story.",
            "Why is the sky blue?", "Can you help me?", "Who is the president?", "What is love?",
            "Write a function in Python.", "How do I cook rice?", "What is the meaning of life?", "Sing a song.",
            "Do you like music?",
        ]),
    ];

    /// <summary>Every question with its answer.</summary>
    public static ImmutableArray<Turn> Turns { get; } =
        Facts.SelectMany(fact => fact.Questions.Select(question => new Turn(question, fact.Answer))).ToImmutableArray();

    /// <summary>One question: a fact is drawn, then its phrasing, so that facts are asked equally often.</summary>
    public static Turn Draw(Random random)
    {
        var (answer, questions) = Facts[random.Next(Facts.Length)];
        return new Turn(questions[random.Next(questions.Length)], answer);
    }

    /// <summary>The lower-case words of questions and answers, in order, with repetitions.</summary>
    public static IEnumerable<string> Words() =>
        Facts.SelectMany(fact => fact.Questions.Append(fact.Answer))
            .SelectMany(text => Word().Matches(text).Select(match => match.Value));

    [GeneratedRegex(@"\b[a-z]+\b")]
    private static partial Regex Word();
}
