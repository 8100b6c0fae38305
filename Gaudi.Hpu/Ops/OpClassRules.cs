namespace Gaudi.Hpu.Ops;

/// <summary>
/// What a class must be to answer for an op. Checked when it is registered, not when a model is built.
/// </summary>
internal static class OpClassRules
{
    /// <exception cref="OpRegistrationException">The class cannot be built by the table.</exception>
    internal static void MustBeOp(Type type)
    {
        if (!type.IsClass)
            throw new OpRegistrationException($"{type.FullName} is not a class; only classes can be registered as ops");
        if (type.IsAbstract || type.ContainsGenericParameters)
            throw new OpRegistrationException(
                $"{type.FullName} is abstract or generic; register a class that can be built");
        if (!type.IsSubclassOf(typeof(CustomOp)))
            throw new OpRegistrationException($"{type.FullName} does not derive from {nameof(CustomOp)}");
        var constructors = type.GetConstructors();
        if (constructors is not [var only]
            || only.GetParameters() is not [var parameter]
            || !parameter.ParameterType.IsAssignableTo(typeof(OpSpec)))
        {
            throw new OpRegistrationException(
                $"{type.FullName} must have exactly one public constructor, taking its family's {nameof(OpSpec)}");
        }
    }

    /// <exception cref="OpRegistrationException">The classes do not belong together (rule R49, checked
    /// early).</exception>
    internal static void MustDerive(Type original, Type replacement)
    {
        if (!replacement.IsSubclassOf(original))
        {
            throw new OpRegistrationException(
                $"{replacement.FullName} does not derive from {original.FullName}, so it cannot stand in for it");
        }
    }
}
