"""Ways to put a mistake into the template."""


def resource(name):
    return lambda document: document["Resources"][name]["Properties"]


def role(name, policy=0, statement=0):
    return lambda document: resource(f"{name}Role")(document)["Policies"][policy]["PolicyDocument"]["Statement"][
        statement
    ]


def setting(place, **changes):
    """Sets entries of what `place` finds. None takes one away."""

    def mutate(document):
        for key, value in changes.items():
            if value is None:
                del place(document)[key]
            else:
                place(document)[key] = value

    return mutate
