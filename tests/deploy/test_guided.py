"""`sam deploy --guided`, with somebody who answers it."""

import shutil

import sam
from account import PARAMETERS, Stack
from samtranslator.yaml_helper import yaml_parse
from sign_in import SignIn

NAME = "voice-code-guided"


def test_guided_deployment_asks_for_what_it_needs_and_keeps_it(account, tmp_path):
    config, tracked = tmp_path / "samconfig.local.toml", sam.CONFIG.read_text(encoding="utf-8")
    shutil.copy(sam.CONFIG, config)
    parameters = yaml_parse(account.template.read_text(encoding="utf-8"))["Parameters"]
    # Nothing takes what is offered. At the end: changes are shown, roles may be made, rollback stays on, the answers are
    # kept, in this file and this section, and the changes are right.
    end = ["y", "y", "n", "y", config, "default", "y"]
    answers = [NAME, "", *(PARAMETERS.get(name, "") for name in parameters), *end]
    sam.deploy_guided(account.endpoint, account.template, config, answers)

    stack = Stack(account, NAME)
    number = stack.new_user("ann")
    sign_in = SignIn(stack, "ann")
    assert sign_in.answer(stack.code(number)).claims["cognito:username"] == "ann"
    assert sam.CONFIG.read_text(encoding="utf-8") == tracked, "no answer is under version control"
    kept = config.read_text(encoding="utf-8")
    assert kept.startswith(tracked[:100])
    assert f'stack_name = "{NAME}"' in kept and "ConnectSourcePhoneNumber=" in kept
