"""A deployment of an expanded template: its intrinsic functions resolved for given parameters.

Names and ARNs are made up from logical ids. An intrinsic function that is not known here is an error, never left as it
is.
"""

import re

ACCOUNT = "111111111111"
REGION = "us-east-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
# What the ARN of a resource without a name of its own looks like.
ARNS = {
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{{}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
}
# Resources whose Ref is their ARN.
REF_IS_ARN = {"AWS::SNS::Topic"}
NO_VALUE = object()


class Request:
    """A template and its parameters, before a resource is resolved. Whether the rules accept parameters is asked thousands of
    times, and resolving each resource takes far longer."""

    def __init__(self, template: dict, parameters: dict, stack_name: str = "stack"):
        self.template = template
        self.stack_name = stack_name
        self.parameters = self._complete(parameters)

    def physical_id(self, logical_id: str) -> str:
        return f"{self.stack_name}-{logical_id}-1A2B3C4D"

    def broken_rules(self) -> list[str]:
        """Why CloudFormation rejects these parameters: the description of each failed assertion in the template's rules."""
        rules = self.template.get("Rules", {}).values()
        return [each["AssertDescription"] for rule in rules for each in rule["Assertions"] if not self._truth(each["Assert"])]

    def _complete(self, given: dict) -> dict:
        declared = self.template["Parameters"]
        unknown = given.keys() - declared.keys()
        assert not unknown, f"no such parameter: {sorted(unknown)}"
        values = {}
        for name, parameter in declared.items():
            assert name in given or "Default" in parameter, f"{name} has no default: give it"
            value = str(given.get(name, parameter.get("Default")))
            values[name] = value.split(",") if parameter["Type"] == "CommaDelimitedList" else value
        return values

    def _condition(self, name: str | None) -> bool:
        return name is None or self._truth(self.template["Conditions"][name])

    def _truth(self, condition) -> bool:
        (function, argument), = condition.items()
        if function == "Fn::Equals":
            left, right = (self._resolve(each) for each in argument)
            return str(left) == str(right)
        if function == "Fn::Not":
            return not self._truth(argument[0])
        if function == "Fn::And":
            return all(map(self._truth, argument))
        if function == "Fn::Or":
            return any(map(self._truth, argument))
        if function == "Condition":
            return self._condition(argument)
        if function == "Fn::Contains":
            members, wanted = (self._resolve(each) for each in argument)
            return wanted in members
        if function == "Fn::EachMemberEquals":
            members, wanted = (self._resolve(each) for each in argument)
            return all(each == wanted for each in members)
        raise ValueError(f"{function} is not known")

    def _resolve(self, value, top: bool = False):
        if isinstance(value, list):
            return [each for each in map(self._resolve, value) if each is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and not top:
            (function, argument), = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._function(function, argument)
        resolved = {key: self._resolve(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each is not NO_VALUE}

    def _function(self, function: str, argument):
        if function == "Ref":
            return self._ref(argument)
        if function == "Fn::GetAtt":
            logical_id, attribute = argument if isinstance(argument, list) else argument.split(".")
            return self.attribute(logical_id, attribute)
        if function == "Fn::If":
            return self._resolve(argument[1 if self._condition(argument[0]) else 2])
        if function == "Fn::Join":
            return argument[0].join(map(str, self._resolve(argument[1])))
        if function == "Fn::Select":
            return self._resolve(argument[1])[int(argument[0])]
        if function == "Fn::Split":
            return self._resolve(argument[1]).split(argument[0])
        if function == "Fn::Sub":
            return self._substitute(argument)
        raise ValueError(f"{function} is not known")

    def _ref(self, name: str):
        if name == "AWS::NoValue":
            return NO_VALUE
        if name == "AWS::StackName":
            return self.stack_name
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self._kind(name)
        return self.attribute(name, "Arn") if kind in REF_IS_ARN else self.physical_id(name)

    def attribute(self, logical_id: str, attribute: str) -> str:
        if attribute != "Arn":
            raise ValueError(f"{logical_id}.{attribute} is not known")
        return ARNS[self._kind(logical_id)].format(self.physical_id(logical_id))

    def _kind(self, logical_id: str) -> str:
        entry = self.template["Resources"][logical_id]
        assert self._condition(entry.get("Condition")), f"{logical_id} does not exist with these parameters"
        return entry["Type"]

    def _substitute(self, argument) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match) -> str:
            name = match[1]
            if name in variables:
                return str(self._resolve(variables[name]))
            logical_id, _, attribute = name.partition(".")
            return str(self.attribute(logical_id, attribute) if attribute else self._ref(name))

        return re.sub(r"\$\{([^!}]+)\}", value, text)


class Deployment(Request):
    """The resources and outputs that exist with these parameters, each with its values in place."""

    def __init__(self, template: dict, parameters: dict, stack_name: str = "stack"):
        super().__init__(template, parameters, stack_name)
        self.resources = self._existing(template["Resources"])
        self.outputs = self._existing(template.get("Outputs", {}))

    def of_type(self, kind: str) -> dict:
        found = {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == kind}
        assert found, f"there is no {kind}"
        return found

    def properties(self, logical_id: str) -> dict:
        return self.resources[logical_id]["Properties"]

    def as_template(self) -> dict:
        """The deployment as a template without parameters, for tools that do not resolve conditions."""
        resources = {name: {key: value for key, value in each.items() if key not in ("Condition", "DependsOn")}
                     for name, each in self.resources.items()}
        return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}

    def _existing(self, entries: dict) -> dict:
        holds = {name: each for name, each in entries.items() if self._condition(each.get("Condition"))}
        return {name: self._resolve(each, top=True) for name, each in holds.items()}
