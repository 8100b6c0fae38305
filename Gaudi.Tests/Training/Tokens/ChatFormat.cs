using System.Text;
using Gaudi.Tests.Training.Lessons;

namespace Gaudi.Tests.Training.Tokens;

/// <summary>ChatML, as the chat template in tokenizer_config.json writes it.</summary>
public static class ChatFormat
{
    private const string AnswerStart = $"{BpeTokenizer.MessageStart}assistant\n";

    /// <summary>The template for tokenizer_config.json.</summary>
    public const string Template =
        "{% for message in messages %}" +
        "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}" +
        "{% endfor %}" +
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    /// <summary>A question ready for the model to answer.</summary>
    public static string Prompt(string question) => Message("user", question) + AnswerStart;

    /// <summary>The whole conversation.</summary>
    public static string Write(Conversation conversation)
    {
        var text = new StringBuilder(conversation.System is { } system ? Message("system", system) : "");
        foreach (var turn in conversation.Turns)
        {
            text.Append(Message("user", turn.Question)).Append(Message("assistant", turn.Answer));
        }

        return text.ToString();
    }

    /// <summary>Ids of the conversation up to its last end of message, and which of them are to be learnt.</summary>
    public static Lesson Encode(Conversation conversation, BpeTokenizer tokenizer)
    {
        var ids = tokenizer.Encode(Write(conversation).TrimEnd('\n'));
        var opening = tokenizer.Encode(AnswerStart);
        var end = tokenizer.SpecialId(BpeTokenizer.MessageEnd);
        var isLearnt = new bool[ids.Count];
        var isAnswer = false;
        for (var i = 0; i < ids.Count; i++)
        {
            isLearnt[i] = isAnswer;
            isAnswer = isAnswer ? ids[i] != end : EndsWith(ids, i, opening);
        }

        return new Lesson([.. ids], isLearnt);
    }

    private static bool EndsWith(List<int> ids, int last, List<int> ending)
    {
        var start = last + 1 - ending.Count;
        return start >= 0 && ids.Skip(start).Take(ending.Count).SequenceEqual(ending);
    }

    private static string Message(string role, string content) =>
        $"{BpeTokenizer.MessageStart}{role}\n{content}{BpeTokenizer.MessageEnd}\n";
}
