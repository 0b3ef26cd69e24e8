"""How the reports of SES reach the function that records them."""

import re

from tests.support.cloudformation import logical_id, of_type, one, properties
from ticketing.operators.diagnosis import WANTED_EVENTS


def test_ses_events_go_to_the_topic_and_from_there_to_the_function() -> None:
    told = one("AWS::SES::ConfigurationSetEventDestination")
    subscription = one("AWS::SNS::Subscription")

    assert logical_id(told["ConfigurationSetName"]) == "MailConfigurationSet"
    assert set(told["EventDestination"]["MatchingEventTypes"]) == {
        "delivery",
        "bounce",
        "complaint",
        "reject",
        "renderingFailure",
        "deliveryDelay",
    }
    assert told["EventDestination"]["Enabled"] is True
    topic = logical_id(told["EventDestination"]["SnsDestination"]["TopicARN"])
    assert topic == logical_id(subscription["TopicArn"]) == "MailEventsTopic"
    assert logical_id(subscription["Endpoint"]) == "RecordEmailEventFunction"
    # SES publishes a trial when the destination is made, and needs the policy by then.
    destination = of_type("AWS::SES::ConfigurationSetEventDestination")["MailEventsDestination"]
    assert destination["DependsOn"] == "MailEventsTopicPolicy"


def test_the_doctor_wants_the_events_that_the_template_asks_for() -> None:
    told = one("AWS::SES::ConfigurationSetEventDestination")["EventDestination"]
    asked = {re.sub(r"([A-Z])", r"_\1", name).upper() for name in told["MatchingEventTypes"]}

    assert asked == WANTED_EVENTS


def test_only_ses_with_this_configuration_set_may_publish_mail_events() -> None:
    policy = properties("AWS::SNS::TopicPolicy")["MailEventsTopicPolicy"]
    statements_ = policy["PolicyDocument"]["Statement"]
    allow, deny = statements_[0], statements_[1]["Fn::If"][1]

    assert allow["Principal"] == {"Service": "ses.amazonaws.com"}
    conditions = allow["Condition"]["StringEquals"]
    assert conditions["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert conditions["aws:SourceArn"]["Fn::Sub"].endswith(
        ":configuration-set/${MailConfigurationSet}"
    )
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statements_) == 2


def test_ses_may_use_the_key_of_tokens_for_its_own_topic_only() -> None:
    """KMS opens a token with the context of its organiser alone: tests/adapters/aws."""
    topic = properties("AWS::SNS::Topic")["MailEventsTopic"]
    (key,) = properties("AWS::KMS::Key").values()
    account, ses = key["KeyPolicy"]["Statement"]

    assert logical_id(topic["KmsMasterKeyId"]) == "TokenKey"
    assert account["Principal"]["AWS"]["Fn::Sub"].endswith(":iam::${AWS::AccountId}:root")
    assert ses["Principal"] == {"Service": "ses.amazonaws.com"}
    assert set(ses["Action"]) == {"kms:GenerateDataKey", "kms:Decrypt"}
    ((operator, conditions),) = ses["Condition"].items()
    ((context, used_for),) = conditions.items()
    assert operator == "StringEquals"
    assert context == "kms:EncryptionContext:aws:sns:topicArn"
    name = topic["TopicName"]["Fn::Sub"]
    assert used_for["Fn::Sub"].endswith(f":${{AWS::AccountId}}:{name}")


def test_an_event_that_cannot_be_forwarded_or_recorded_is_kept() -> None:
    """Between topic and function SNS keeps it, after the function's last try Lambda does."""
    (config,) = [
        c
        for c in properties("AWS::Lambda::EventInvokeConfig").values()
        if logical_id(c["FunctionName"]) == "RecordEmailEventFunction"
    ]
    redrive = one("AWS::SNS::Subscription")["RedrivePolicy"]
    policy = properties("AWS::SQS::QueuePolicy")["MailEventsDeadLetterQueuePolicy"]
    allow = policy["PolicyDocument"]["Statement"][0]

    kept_at = {
        logical_id(redrive["deadLetterTargetArn"]),
        logical_id(config["DestinationConfig"]["OnFailure"]["Destination"]),
    }
    assert kept_at == {"MailEventsDeadLetterQueue"}
    assert config["MaximumRetryAttempts"] == 2
    assert allow["Principal"] == {"Service": "sns.amazonaws.com"}
    assert logical_id(allow["Condition"]["ArnEquals"]["aws:SourceArn"]) == "MailEventsTopic"


def test_ses_suppresses_mail_to_addresses_that_bounced_or_complained() -> None:
    chosen = one("AWS::SES::ConfigurationSet")

    assert chosen["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    assert chosen["ReputationOptions"] == {"ReputationMetricsEnabled": True}
