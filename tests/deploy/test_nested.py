"""The template as part of another one."""

import pytest
from account import PARAMETERS
from sign_in import SignIn

OUTPUTS = ("FirstUser", "SpeakCodeArn", "UserPoolClientId", "UserPoolId")


@pytest.fixture(scope="module")
def before(account):
    return account.inventory()


def deploy(account, **parameters):
    parameters = "".join(f'        {name}: "{value}"\n' for name, value in (PARAMETERS | parameters).items())
    outputs = "".join(f"  {name}:\n    Value: !GetAtt SignIn.Outputs.{name}\n" for name in OUTPUTS)
    parent = account.template.with_name("parent.yaml")
    parent.write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  SignIn:\n"
        "    Type: AWS::Serverless::Application\n"
        f"    Properties:\n      Location: {account.template.name}\n      Parameters:\n{parameters}"
        f"Outputs:\n{outputs}",
        encoding="utf-8",
    )
    options = ("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
    return account.deploy("application", *options, template=parent)


@pytest.fixture(scope="module")
def stack(account, before):
    return deploy(account)


def test_a_nested_application_signs_in_by_the_outputs_of_its_parent(account, stack):
    number = stack.new_user("ann")
    sign_in = SignIn(stack, "ann")
    assert sign_in.answer(stack.code(number)).claims["cognito:username"] == "ann"


def test_a_nested_application_is_updated_by_its_parent(account, stack):
    number, outputs = stack.new_user("bob"), stack.outputs
    before = SignIn(stack, "bob")
    code = stack.code(number)
    deploy(account, OtpDigits="8")
    assert stack.outputs == outputs
    # The code that was under way is as good as before.
    assert before.answer(code).claims["cognito:username"] == "bob"
    assert SignIn(stack, "bob").challenge["codeLength"] == "8"


def test_a_nested_application_goes_with_its_parent(account, before, stack):
    made = account.inventory() - before
    assert {kind for kind, _ in made} >= {"function", "log group", "role", "secret", "stack", "table", "user pool"}
    # Not by `sam delete`, which would take the template's address for none of S3.
    cloudformation = account.client("cloudformation")
    cloudformation.delete_stack(StackName=stack.name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.name, WaiterConfig={"Delay": 1})
    kept = {(kind, name) for kind, name in account.inventory() - before if kind != "upload"}
    assert [kind for kind, _ in kept] == ["log group"] and all("AuditLog" in name for _, name in kept), kept
