namespace Gaudi.Actors.Constraints;

/// <summary>A form with a name, so that others can share it and it can hold itself. Two rules are never equal.</summary>
/// <param name="name">For messages: where the form comes from.</param>
internal sealed class FormRule(string name)
{
    /// <summary>Where it comes from.</summary>
    internal string Name { get; } = name;

    /// <summary>What it allows; set once, before the grammar is made.</summary>
    internal Form Body { get; set; } = Form.Never;

    /// <summary>A rule of a form that is known already.</summary>
    internal static Form Share(string name, Form body) => new Form.Call(new FormRule(name) { Body = body });
}
